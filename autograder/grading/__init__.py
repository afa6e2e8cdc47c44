"""A class: nothing is lost and nothing is done twice."""
