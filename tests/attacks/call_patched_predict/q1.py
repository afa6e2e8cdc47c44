from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = None

@test_case(points=1, hidden=True)
def test_hidden(seen: "model.predict(hidden_images_x)", hidden_images_y):
    """Right?"""
    from autograder import expect
    import numpy
    rows = expect.numbers(seen, shape=(2000,))
    assert (rows == hidden_images_y).mean() > 0.8
