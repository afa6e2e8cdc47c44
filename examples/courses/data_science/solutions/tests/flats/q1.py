from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = None

@test_case(points=0, hidden=False)
def test_columns(dear):
    """Is it a table with the two columns?"""
    from autograder import expect
    expect.table(dear, ['city', 'rent'])

@test_case(points=2, hidden=True)
def test_rows(dear):
    """Are these the dear flats, in order?"""
    from autograder import expect
    rents = [1559, 1546, 1534, 1501, 1496, 1485, 1480, 1468, 1450, 1442, 1422, 1420, 1407, 1401]
    expect.table(dear, {'city': ['Copenhagen'] * len(rents), 'rent': rents})
