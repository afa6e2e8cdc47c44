from otter.test_files import test_case

OK_FORMAT = False

name = "q3_2"
points = None

@test_case(points=0, hidden=False)
def test_forward(net_dropout):
    """Does net_dropout turn a batch of images into ten scores per image?"""
    from autograder import expect
    expect.classifier(net_dropout)

@test_case(points=0.5, hidden=False)
def test_dropout_after_convolution(net_dropout):
    """Is dropout at work after a convolution, in training only?"""
    from autograder import expect
    expect.dropout_after_convolution(net_dropout)

@test_case(points=0.5, hidden=False)
def test_dropout_after_dense(net_dropout):
    """Is dropout at work after the dense hidden layer, in training only?"""
    from autograder import expect
    expect.dropout_after_dense(net_dropout)

@test_case(points=0, hidden=False)
def test_public_accuracy(net_dropout, public_images):
    """Does net_dropout recognise enough of the notebook's own test images?"""
    from autograder import expect
    expect.accuracy(net_dropout, public_images, trained_on=10000)

@test_case(points=1, hidden=True)
def test_accuracy(net_dropout, hidden_images, training_images):
    """Does net_dropout recognise enough images that it has never met?"""
    from autograder import expect
    expect.accuracy(net_dropout, hidden_images, trained_on=10000, training=training_images)
