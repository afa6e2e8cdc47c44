from otter.test_files import test_case

OK_FORMAT = False

name = "q5"
points = None

@test_case(points=1, hidden=False)
def test_labels(ax):
    """Do the axes say what they show?"""
    from autograder import expect
    expect.figure(ax, x_label='area', y_label='rent')

@test_case(points=1, hidden=False)
def test_points(ax):
    """Is there a set of points?"""
    from autograder import expect
    expect.figure(ax, points=1)
