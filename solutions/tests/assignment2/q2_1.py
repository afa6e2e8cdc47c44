from otter.test_files import test_case

OK_FORMAT = False

name = "q2_1"
points = None

@test_case(points=0, hidden=False)
def test_forward(net_conv):
    """Does net_conv turn a batch of images into ten scores per image?"""
    from autograder import expect
    expect.classifier(net_conv)

@test_case(points=1, hidden=False)
def test_structure(net_conv):
    """Does a 2D convolution come before the dense hidden layer?"""
    from autograder import expect
    expect.convolution_before_dense(net_conv)

@test_case(points=0, hidden=False)
def test_public_accuracy(net_conv, public_images):
    """Does net_conv recognise enough of the notebook's own test images?"""
    from autograder import expect
    expect.accuracy(net_conv, public_images)

@test_case(points=0.5, hidden=True)
def test_accuracy(net_conv, hidden_images, training_images):
    """Does net_conv recognise enough images that it has never met?"""
    from autograder import expect
    expect.accuracy(net_conv, hidden_images, training=training_images)

@test_case(points=0.5, hidden=True)
def test_comparison(net_conv, net_ffn, hidden_images):
    """Is net_conv at least about as accurate as the dense network?"""
    from autograder import expect
    expect.not_worse(net_conv, than=net_ffn, images=hidden_images, by=0.01)
