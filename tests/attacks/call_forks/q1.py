from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = None

@test_case(points=1, hidden=True)
def test_daemon(seen: "daemon()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 4)

@test_case(points=1, hidden=True)
def test_many(seen: "many()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 4)
