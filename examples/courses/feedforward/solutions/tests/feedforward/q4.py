from otter.test_files import test_case

OK_FORMAT = False

name = "q4"
points = None

@test_case(points=1, hidden=False)
def test_parameters(size: 'sum(p.numel() for p in net_moons.parameters())'):
    """Has it at most 300 parameters?"""
    from autograder import expect
    found = expect.number(size)
    assert 0 < found <= 300, f'It has {found:g} parameters, and at most 300 are allowed.'

@test_case(points=3, hidden=True)
def test_accuracy(predicted: 'net_moons(torch.as_tensor(hidden_moons_x)).argmax(1)', hidden_moons_y):
    """Does it tell enough points right that it has never met?"""
    from autograder import expect
    right = (expect.numbers(predicted, shape=hidden_moons_y.shape) == hidden_moons_y).mean()
    assert right >= 0.95, f'{right:.0%} of the hidden points are told right.'
