from otter.test_files import test_case

OK_FORMAT = False

name = "q1_1_2"
points = None

@test_case(points=0, hidden=False)
def test_shape(pooled_features):
    """Is the answer a single number?"""
    from autograder import expect
    expect.number(pooled_features, advice='how often does the window fit into its map? Each place gives one number. (`max` of nested lists compares rows, not numbers.)')

@test_case(points=1, hidden=True)
def test_value(pooled_features):
    """Is the pooled feature right?"""
    from autograder import expect
    image = [[0, 0, 0, 1], [0, 0, 1, 2], [0, 0, 2, 3], [0, 1, 2, 3]]
    kernel = [[0, 0, 2], [0, 1, 2], [0, 2, 3]]
    expect.pooled_convolution(pooled_features, image=image, kernel=kernel, window=2)
