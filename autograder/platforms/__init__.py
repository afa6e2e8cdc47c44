"""Learning platforms: downloads in, rosters, marks back."""
