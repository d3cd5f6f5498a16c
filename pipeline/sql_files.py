"""The SQL that Bellhop ships, file by file."""

from importlib import resources


def sql_text(path: str) -> str:
    """The text of a file of ``sql/``."""
    return resources.files("sql").joinpath(path).read_text("utf-8")
