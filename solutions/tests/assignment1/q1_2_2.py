from otter.test_files import test_case

OK_FORMAT = False

name = "q1_2_2"
points = None

@test_case(points=0, hidden=False)
def test_shape(output_dim_2):
    """Is the answer made of three positive whole numbers?"""
    from autograder import expect
    expect.dimensions(output_dim_2)

@test_case(points=1, hidden=True)
def test_value(output_dim_2):
    """Is the size of the output right?"""
    from autograder import expect
    expect.output_dimensions(output_dim_2, image=(2, 32, 32), filters=24, kernel=(2, 3, 3), stride=(1, 1), padding=(0, 0))
