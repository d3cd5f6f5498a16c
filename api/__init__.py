"""The HTTP service over the library: roles, points, audit, jobs and files."""
