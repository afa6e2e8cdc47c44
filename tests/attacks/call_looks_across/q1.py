from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = None

@test_case(points=1, hidden=True)
def test_keep(seen: "keep(hidden_images_x)"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 1)

@test_case(points=1, hidden=True)
def test_look(seen: "look()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, True)
