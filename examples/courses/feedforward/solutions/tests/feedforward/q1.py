from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = None

@test_case(points=0, hidden=False)
def test_form(hidden_parameters, output_parameters):
    """Are both answers single numbers?"""
    from autograder import expect
    expect.number(hidden_parameters)
    expect.number(output_parameters)

@test_case(points=1, hidden=True)
def test_hidden_layer(hidden_parameters):
    """Is the number for the hidden layer right?"""
    from autograder import expect
    expect.equal(hidden_parameters, 39250, advice='each unit has a weight for each input and a bias.')

@test_case(points=1, hidden=True)
def test_output_layer(output_parameters):
    """Is the number for the output layer right?"""
    from autograder import expect
    expect.equal(output_parameters, 510, advice='each unit has a weight for each input and a bias.')
