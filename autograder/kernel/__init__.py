"""Everything that runs beside student code."""
