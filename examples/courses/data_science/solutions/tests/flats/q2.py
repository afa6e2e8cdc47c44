from otter.test_files import test_case

OK_FORMAT = False

name = "q2"
points = None

@test_case(points=0, hidden=False)
def test_there_is_one(aarhus: "mean_rent['Aarhus']"):
    """Is there a number for Aarhus?"""
    from autograder import expect
    expect.number(aarhus)

@test_case(points=2, hidden=True)
def test_values(aarhus: "mean_rent['Aarhus']", odense: "mean_rent['Odense']", capital: "mean_rent['Copenhagen']"):
    """Are the means right?"""
    from autograder import expect
    expect.close(aarhus, 800.179487)
    expect.close(odense, 697.61194)
    expect.close(capital, 1142.486842)
