"""Rows that lie on a Dask cluster, and stay there."""
