from otter.test_files import test_case

OK_FORMAT = False

name = "q4"
points = None

@test_case(points=1, hidden=False)
def test_predicts(rent: "model.predict(pd.DataFrame({'city': ['Odense'], 'area': [60], 'rooms': [2], 'age': [9]}))"):
    """Does the model predict one rent for one flat?"""
    from autograder import expect
    expect.number(rent)

@test_case(points=3, hidden=True)
def test_error(predicted: 'model.predict(pd.DataFrame(hidden_flats_x))', hidden_flats_y):
    """Is it wrong by less than 60 euros on flats that it has not seen?"""
    from autograder import expect
    expect.error(predicted, hidden_flats_y, absolute=60)
