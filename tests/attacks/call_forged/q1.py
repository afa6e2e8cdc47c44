from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = None

@test_case(points=1, hidden=False)
def test_forge(seen: "forge()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 2)

@test_case(points=1, hidden=True)
def test_answer(answer):
    """Right?"""
    from autograder import expect
    expect.equal(answer, 144)

@test_case(points=1, hidden=True)
def test_square(seen: "square(12)"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 144)

@test_case(points=1, hidden=True)
def test_last(seen: "last()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 6)
