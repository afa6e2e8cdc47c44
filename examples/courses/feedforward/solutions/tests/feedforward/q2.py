from otter.test_files import test_case

OK_FORMAT = False

name = "q2"
points = None

@test_case(points=0, hidden=False)
def test_form(hidden_units, output):
    """Are the answers three numbers and one?"""
    from autograder import expect
    expect.numbers(hidden_units, shape=(3,))
    expect.number(output)

@test_case(points=2, hidden=True)
def test_hidden_units(hidden_units):
    """Are the numbers of the hidden layer right?"""
    from autograder import expect
    expect.close(hidden_units, [1, 1, 0], advice='weights times inputs, plus the bias, then ReLU.')

@test_case(points=1, hidden=True)
def test_output(output):
    """Is the output right?"""
    from autograder import expect
    found = expect.number(output)
    assert abs(found - 2.5) < 0.0001, f'{found:g} is another number: the output has no activation.'
