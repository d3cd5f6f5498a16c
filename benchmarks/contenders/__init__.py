"""Who is measured: one function a contest, each from a Job to a file."""
