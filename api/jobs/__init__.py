"""Exports as jobs: the row, who works on it, and the file."""
