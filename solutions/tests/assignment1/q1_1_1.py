from otter.test_files import test_case

OK_FORMAT = False

name = "q1_1_1"
points = None

@test_case(points=0, hidden=False)
def test_shape(convolved_features):
    """Is the answer a matrix of numbers with the right number of rows and columns?"""
    from autograder import expect
    expect.numbers(convolved_features, shape=(2, 2), advice='count how often the kernel fits along each side when nothing is added at the border, and write one number for each place, row by row.')

@test_case(points=1, hidden=True)
def test_value(convolved_features):
    """Are the convolved features right?"""
    from autograder import expect
    image = [[0, 0, 0, 1], [0, 0, 1, 2], [0, 0, 2, 3], [0, 1, 2, 3]]
    kernel = [[0, 0, 2], [0, 1, 2], [0, 2, 3]]
    expect.convolution(convolved_features, image=image, kernel=kernel)
