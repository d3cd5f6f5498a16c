"""Measures Bellhop against its peers and its limits, in one run on one machine: ``python -m benchmarks --help``."""
