"""Whether files of the benchmark hold what the catalogue does, found by other people's readers and plain SQL."""
