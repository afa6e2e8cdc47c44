from otter.test_files import test_case

OK_FORMAT = False

name = "q1_2_4"
points = None

@test_case(points=0, hidden=False)
def test_shape(output_dim_4):
    """Is the answer made of three positive whole numbers?"""
    from autograder import expect
    expect.dimensions(output_dim_4)

@test_case(points=1, hidden=True)
def test_value(output_dim_4):
    """Is the size of the output right?"""
    from autograder import expect
    expect.output_dimensions(output_dim_4, image=(11, 8, 16), filters=7, kernel=(11, 3, 3), stride=(2, 2), padding=(1, 1))
