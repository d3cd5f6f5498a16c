"""The SQL of Bellhop: one SELECT a table, in one canonical dialect, read with importlib.resources."""
