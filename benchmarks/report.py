"""The tables of a result, printed or put into a document."""

from pathlib import Path

from benchmarks.results import Results
from benchmarks.tables import markdown
from benchmarks.targets import table

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
"""What the tables stand between in a document."""


def report(results: Results) -> str:
    """Targets, then all that was measured."""
    return f"### Targets\n\n{table(results)}\n\n{markdown(results)}"


def put_between(document: Path, text: str) -> None:
    """Put a text between the marks of a document, in place of what stood there.

    Raises:
        SystemExit: It has no marks.

    """
    before, begin, rest = document.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{document} has no place for tables; give it the lines {BEGIN} and {END}")
    document.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")
