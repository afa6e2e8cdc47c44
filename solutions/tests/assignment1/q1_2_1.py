from otter.test_files import test_case

OK_FORMAT = False

name = "q1_2_1"
points = None

@test_case(points=0, hidden=False)
def test_shape(output_dim_1):
    """Is the answer made of three positive whole numbers?"""
    from autograder import expect
    expect.dimensions(output_dim_1)

@test_case(points=1, hidden=True)
def test_value(output_dim_1):
    """Is the size of the output right?"""
    from autograder import expect
    expect.output_dimensions(output_dim_1, image=(1, 28, 28), filters=16, kernel=(1, 5, 5), stride=(1, 1), padding=(0, 0))
