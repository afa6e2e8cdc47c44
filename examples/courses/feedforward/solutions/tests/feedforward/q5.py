from otter.test_files import test_case

OK_FORMAT = False

name = "q5"
points = None

@test_case(points=0, hidden=False)
def test_form(scores: 'net_digits(torch.zeros(3, 784))'):
    """Does it give ten scores for each image?"""
    from autograder import expect
    expect.shape(scores, (3, 10))

@test_case(points=1, hidden=False)
def test_hidden_layer(layers: 'len([p for p in net_digits.parameters() if p.dim() == 2])'):
    """Has it a hidden layer?"""
    from autograder import expect
    assert expect.number(layers) >= 2, 'It has a single layer of weights, and so no hidden layer.'

@test_case(points=3, hidden=True)
def test_accuracy(predicted: 'net_digits(torch.as_tensor(hidden_digits_x)).argmax(1)', hidden_digits_y):
    """Does it read enough images that it has never met?"""
    from autograder import expect
    right = (expect.numbers(predicted, shape=hidden_digits_y.shape) == hidden_digits_y).mean()
    assert right >= 0.75, f'{right:.0%} of the hidden images are read right.'
