from otter.test_files import test_case

OK_FORMAT = False

name = "q1_2_5"
points = None

@test_case(points=0, hidden=False)
def test_shape(output_dim_5):
    """Is the answer made of three positive whole numbers?"""
    from autograder import expect
    expect.dimensions(output_dim_5)

@test_case(points=1, hidden=True)
def test_value(output_dim_5):
    """Is the size of the output right?"""
    from autograder import expect
    expect.output_dimensions(output_dim_5, image=(128, 256, 256), filters=112, kernel=(128, 3, 3), stride=(1, 1), padding=(1, 1))
