"""The formats that there are: names, file endings, and the writer of each, loaded when it is first used."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import OptionError
from pipeline.options import Compression


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format."""

    name: str
    """What it is called in manifests and metadata."""
    ending: str
    writer: str
    """Where its writer stands."""


FORMATS: dict[str, Format] = {
    format_.name: format_
    for format_ in (
        Format(name="csv", ending="csv", writer="pipeline.writers.csv:CsvWriter"),
        Format(name="json", ending="json", writer="pipeline.writers.json:JsonWriter"),
        Format(name="excel", ending="xlsx", writer="pipeline.writers.xlsx:WorkbookWriter"),
        Format(name="ndjson", ending="ndjson", writer="pipeline.writers.json:NdjsonWriter"),
        Format(name="parquet", ending="parquet", writer="pipeline.writers.columnar:ParquetWriter"),
        Format(name="arrow", ending="arrow", writer="pipeline.writers.columnar:ArrowWriter"),
    )
}
"""Every format by its name."""

ENDINGS = {Compression.NONE: "", Compression.GZIP: ".gz", Compression.ZSTD: ".zst"}

KNOWN_AS = ", ".join([*FORMATS, "xlsx"])
"""All that formats are called by."""


def format_named(name: str) -> Format:
    """A format by its name or ending, in any case.

    Raises:
        OptionError: There is none of that name.

    """
    for known in FORMATS.values():
        if str(name).lower() in (known.name, known.ending):
            return known
    raise OptionError(f"format: {name!r} will not do; give one of {KNOWN_AS}", option="format", value=name)


def format_of(path: Path) -> tuple[Format, Compression]:
    """The format and compression that a file's name tells.

    Raises:
        OptionError: The name's ending is of no format.

    """
    compression = compression_of(path)
    stem = path if compression is Compression.NONE else path.with_suffix("")
    ending = stem.suffix.lower().removeprefix(".")
    for known in FORMATS.values():
        if ending == known.ending:
            return known, compression
    message = f"{path.name!r} has the ending of no format; end it in one of .{', .'.join(_endings())}, or give a format"
    raise OptionError(message, option="format", value=path.name)


def compression_of(path: Path) -> Compression:
    """The compression that a file's name tells."""
    endings = {ending: compression for compression, ending in ENDINGS.items() if ending}
    return endings.get(path.suffix.lower(), Compression.NONE)


def _endings() -> list[str]:
    return [known.ending for known in FORMATS.values()]
