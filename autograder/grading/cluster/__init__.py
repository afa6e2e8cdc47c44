"""A class on many machines: only runs travel, by Dask's scheduler; tests and marks stay here."""
