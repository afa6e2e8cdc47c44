from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = None

@test_case(points=1, hidden=True)
def test_loop(seen: "loop()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 1)

@test_case(points=1, hidden=True)
def test_sleep(seen: "sleep()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 1)

@test_case(points=1, hidden=True)
def test_ignore(seen: "ignore()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 1)

@test_case(points=1, hidden=True)
def test_endless(seen: "endless()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, [2])

@test_case(points=1, hidden=True)
def test_shape(seen: "shape()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 1)

@test_case(points=1, hidden=True)
def test_fine(seen: "fine()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 2)
