from otter.test_files import test_case

OK_FORMAT = False

name = "q3"
points = None

@test_case(points=1, hidden=False)
def test_equal_scores(probabilities: 'softmax([2.0, 2.0])'):
    """Are two equal scores equally likely?"""
    from autograder import expect
    expect.close(probabilities, [0.5, 0.5])

@test_case(points=1, hidden=True)
def test_scores(probabilities: 'softmax(np.array([0.0, 1.0, -1.0]))'):
    """Are other probabilities right?"""
    from autograder import expect
    expect.close(probabilities, [0.24472847, 0.66524096, 0.09003057])

@test_case(points=1, hidden=True)
def test_large_scores(probabilities: 'softmax([1000.0, 1000.0, 0.0])'):
    """Does it work for large scores?"""
    from autograder import expect
    expect.close(probabilities, [0.5, 0.5, 0.0])
