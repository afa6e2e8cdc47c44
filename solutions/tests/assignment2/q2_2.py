from otter.test_files import test_case

OK_FORMAT = False

name = "q2_2"
points = None

@test_case(points=0, hidden=False)
def test_forward(net_padded):
    """Does net_padded turn a batch of images into ten scores per image?"""
    from autograder import expect
    expect.classifier(net_padded)

@test_case(points=1, hidden=False)
def test_structure(net_padded):
    """Does padding keep the height and width of the images in a convolution?"""
    from autograder import expect
    expect.size_kept_by_padding(net_padded)

@test_case(points=0, hidden=False)
def test_public_accuracy(net_padded, public_images):
    """Does net_padded recognise enough of the notebook's own test images?"""
    from autograder import expect
    expect.accuracy(net_padded, public_images)

@test_case(points=1, hidden=True)
def test_accuracy(net_padded, hidden_images, training_images):
    """Does net_padded recognise enough images that it has never met?"""
    from autograder import expect
    expect.accuracy(net_padded, hidden_images, training=training_images)
