from otter.test_files import test_case

OK_FORMAT = False

name = "q3_3"
points = None

@test_case(points=0, hidden=False)
def test_forward(net_batchnorm):
    """Does net_batchnorm turn a batch of images into ten scores per image?"""
    from autograder import expect
    expect.classifier(net_batchnorm)

@test_case(points=1, hidden=False)
def test_structure(net_batchnorm):
    """Is there batch normalisation whose running statistics training has updated?"""
    from autograder import expect
    expect.batch_normalisation(net_batchnorm)

@test_case(points=0, hidden=False)
def test_public_accuracy(net_batchnorm, public_images):
    """Does net_batchnorm recognise enough of the notebook's own test images?"""
    from autograder import expect
    expect.accuracy(net_batchnorm, public_images, trained_on=10000)

@test_case(points=1, hidden=True)
def test_accuracy(net_batchnorm, hidden_images, training_images):
    """Does net_batchnorm recognise enough images that it has never met?"""
    from autograder import expect
    expect.accuracy(net_batchnorm, hidden_images, trained_on=10000, training=training_images)
