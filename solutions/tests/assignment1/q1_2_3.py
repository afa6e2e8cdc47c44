from otter.test_files import test_case

OK_FORMAT = False

name = "q1_2_3"
points = None

@test_case(points=0, hidden=False)
def test_shape(output_dim_3):
    """Is the answer made of three positive whole numbers?"""
    from autograder import expect
    expect.dimensions(output_dim_3)

@test_case(points=1, hidden=True)
def test_value(output_dim_3):
    """Is the size of the output right?"""
    from autograder import expect
    expect.output_dimensions(output_dim_3, image=(10, 32, 32), filters=3, kernel=(10, 2, 2), stride=(2, 2), padding=(0, 0))
