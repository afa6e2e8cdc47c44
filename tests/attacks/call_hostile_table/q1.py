from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = None

@test_case(points=1, hidden=True)
def test_table(seen: "table()"):
    """Right?"""
    from autograder import expect
    expect.table(seen, {"price": [3.5]})

@test_case(points=1, hidden=True)
def test_endless(seen: "endless()"):
    """Right?"""
    from autograder import expect
    expect.table(seen, {"price": [7.0]})

@test_case(points=1, hidden=True)
def test_large(seen: "large()"):
    """Right?"""
    from autograder import expect
    expect.table(seen, rows=3)

@test_case(points=1, hidden=True)
def test_deep(seen: "deep()"):
    """Right?"""
    from autograder import expect
    expect.table(seen, ["price"], rows=2)

@test_case(points=1, hidden=True)
def test_honest(seen: "len(str(table)[:1])"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 1)
