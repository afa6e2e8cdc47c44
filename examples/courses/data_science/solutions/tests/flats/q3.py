from otter.test_files import test_case

OK_FORMAT = False

name = "q3"
points = None

@test_case(points=1, hidden=False)
def test_example(each: 'by_area(1000, 80)'):
    """Is a square metre 12.5 euros where 80 cost 1,000?"""
    from autograder import expect
    expect.equal(each, 12.5)

@test_case(points=1, hidden=True)
def test_others(thirds: 'by_area(1000, 30)', small: 'by_area(15.55, 5)'):
    """Is it right for other flats?"""
    from autograder import expect
    expect.equal(thirds, 33.33)
    expect.equal(small, 3.11)

@test_case(points=1, hidden=True)
def test_no_area(none: 'by_area(500, 0)', less: 'by_area(500, -20)'):
    """Is an area that is not above 0 refused?"""
    from autograder import expect
    expect.raises(none, ValueError)
    expect.raises(less, ValueError)
