from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = None

@test_case(points=1, hidden=True)
def test_number(seen: "number(3)"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 9)

@test_case(points=1, hidden=True)
def test_near(seen: "number(4)"):
    """Right?"""
    from autograder import expect
    expect.close(seen, 16, relative=0.1)

@test_case(points=1, hidden=True)
def test_text(seen: "text(3)"):
    """Right?"""
    from autograder import expect
    expect.text(seen, "nine")

@test_case(points=1, hidden=True)
def test_chameleon(seen: "chameleon(3)"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 9)

@test_case(points=1, hidden=True)
def test_rows(seen: "rows(3)"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, [9, 9, 9])

@test_case(points=1, hidden=True)
def test_error(seen: "rows(5)"):
    """Right?"""
    from autograder import expect
    expect.error(seen, [1, 2, 3], absolute=0.5)
