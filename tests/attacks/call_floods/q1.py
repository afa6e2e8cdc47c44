from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = None

@test_case(points=1, hidden=False)
def test_fine(seen: "fine()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 2)

@test_case(points=1, hidden=True)
def test_prints(seen: "prints()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 1)

@test_case(points=1, hidden=True)
def test_returns(seen: "returns()"):
    """Right?"""
    from autograder import expect
    expect.text(seen, "x" * 10)

@test_case(points=1, hidden=True)
def test_lists(seen: "lists()"):
    """Right?"""
    from autograder import expect
    expect.shape(seen, (3, 3))

@test_case(points=1, hidden=True)
def test_deep(seen: "deep()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, {})

@test_case(points=1, hidden=True)
def test_keys(seen: "keys()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, {})

@test_case(points=1, hidden=True)
def test_raises(seen: "raises()"):
    """Right?"""
    from autograder import expect
    expect.raises(seen, KeyError)

@test_case(points=1, hidden=True)
def test_writes(seen: "writes()"):
    """Right?"""
    from autograder import expect
    expect.equal(seen, 1)
