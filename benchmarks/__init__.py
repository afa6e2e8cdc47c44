"""Measurements, printed as figures and ratios; none of them is a test."""
