from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = None

@test_case(points=1, hidden=True)
def test_value(seen: "mae([3], [12])"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 9)

@test_case(points=1, hidden=True)
def test_rows(seen: "hidden_images_x.shape"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, [2000, 1])

@test_case(points=1, hidden=True)
def test_words(seen: "expect.equal(3)"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 9)
