from otter.test_files import test_case

OK_FORMAT = False

name = "q3_1"
points = None

@test_case(points=0, hidden=False)
def test_forward(net_10k):
    """Does net_10k turn a batch of images into ten scores per image?"""
    from autograder import expect
    expect.classifier(net_10k)

@test_case(points=1, hidden=False)
def test_structure(net_10k):
    """Does a 2D convolution come before the dense hidden layer?"""
    from autograder import expect
    expect.convolution_before_dense(net_10k)
    course.pictured_filters(net_10k)

@test_case(points=0, hidden=False)
def test_public_accuracy(net_10k, public_images):
    """Does net_10k recognise enough of the notebook's own test images?"""
    from autograder import expect
    expect.accuracy(net_10k, public_images, trained_on=10000)

@test_case(points=1, hidden=True)
def test_accuracy(net_10k, hidden_images, training_images):
    """Does net_10k recognise enough images that it has never met?"""
    from autograder import expect
    expect.accuracy(net_10k, hidden_images, trained_on=10000, training=training_images)
