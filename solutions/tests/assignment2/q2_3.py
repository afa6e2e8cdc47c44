from otter.test_files import test_case

OK_FORMAT = False

name = "q2_3"
points = None

@test_case(points=0, hidden=False)
def test_forward(net_stacked):
    """Does net_stacked turn a batch of images into ten scores per image?"""
    from autograder import expect
    expect.classifier(net_stacked)

@test_case(points=1, hidden=False)
def test_structure(net_stacked):
    """Does the input pass through at least two convolutions?"""
    from autograder import expect
    expect.stacked_convolutions(net_stacked, at_least=2)

@test_case(points=0, hidden=False)
def test_public_accuracy(net_stacked, public_images):
    """Does net_stacked recognise enough of the notebook's own test images?"""
    from autograder import expect
    expect.accuracy(net_stacked, public_images)

@test_case(points=1, hidden=True)
def test_accuracy(net_stacked, hidden_images, training_images):
    """Does net_stacked recognise enough images that it has never met?"""
    from autograder import expect
    expect.accuracy(net_stacked, hidden_images, training=training_images)
