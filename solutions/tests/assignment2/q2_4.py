from otter.test_files import test_case

OK_FORMAT = False

name = "q2_4"
points = None

@test_case(points=0, hidden=False)
def test_forward(net_pooled):
    """Does net_pooled turn a batch of images into ten scores per image?"""
    from autograder import expect
    expect.classifier(net_pooled)

@test_case(points=1, hidden=False)
def test_structure(net_pooled):
    """Are height and width reduced by max pooling or by a strided convolution?"""
    from autograder import expect
    expect.reduced_by_pooling_or_stride(net_pooled)

@test_case(points=0, hidden=False)
def test_public_accuracy(net_pooled, public_images):
    """Does net_pooled recognise enough of the notebook's own test images?"""
    from autograder import expect
    expect.accuracy(net_pooled, public_images)

@test_case(points=1, hidden=True)
def test_accuracy(net_pooled, hidden_images, training_images):
    """Does net_pooled recognise enough images that it has never met?"""
    from autograder import expect
    expect.accuracy(net_pooled, hidden_images, training=training_images)
