"""The flags that commands share. A field has the name that the library has for what its flag says."""

import enum
import re
from dataclasses import dataclass, fields
from typing import Annotated, Any

import typer
from typer.models import OptionInfo

from pipeline.commands.ittids import ittids_in
from pipeline.commands.spread import flag_names
from pipeline.errors import OptionError
from pipeline.lazy import load


class ExportType(enum.StrEnum):
    """What can be exported, as it is written on the command line."""

    HOTELS = "hotels"
    MAPPINGS = "mappings"
    SUPPLIER_SUMMARY = "supplier-summary"

    @property
    def dataset(self) -> str:
        """The name that the library has for it."""
        return self.value.replace("-", "_")


ExportTypeArgument = Annotated[
    ExportType, typer.Argument(metavar="|".join(ExportType), help="What to export.", show_choices=False)
]

SourceOption = Annotated[
    str,
    typer.Option(
        "--source",
        metavar="URL",
        help="The catalogue: duckdb:///file, sqlite:///file (four slashes before an absolute path), postgresql://… or mysql://…",
    ),
]

SqlDirOption = Annotated[
    str | None,
    typer.Option(
        "--sql-dir",
        metavar="FOLDER",
        help="For tables and columns that are called otherwise: .sql files that stand in for those of sql/.",
        show_default=False,
    ),
]


def _flag(name: str, panel: str, meaning: str, metavar: str | None = None, *, least: int | None = None) -> OptionInfo:
    option: OptionInfo = typer.Option(
        name, metavar=metavar, help=meaning, min=least, rich_help_panel=panel, show_default=False
    )
    return option


_EVERY = "Filters"
_DATED = "Filters of hotels and mappings"
_HOTELS = "Filters of hotels"
_SUMMARY = "Filters of supplier-summary"
_FILE = "The file"
_RUN = "The run"


@dataclass(frozen=True, kw_only=True)
class FilterFlags:
    """Which records: the filters of every export. Those that an export does not have are refused, by name."""

    suppliers: Annotated[
        list[str] | None, _flag("--supplier", _EVERY, "Of this supplier, in any case; repeatable.", "NAME")
    ] = None
    limit: Annotated[str | None, _flag("--limit", _EVERY, "A page of at most so many records.", "N")] = None
    after: Annotated[
        str | None, _flag("--after", _EVERY, "The page after: the next of the manifest before.", "NEXT")
    ] = None

    ittids: Annotated[list[str] | None, _flag("--ittid", _DATED, "This hotel; repeatable.", "ITTID")] = None
    ittids_from: Annotated[
        str | None, _flag("--ittids-from", _DATED, "The hotels in a file, an ittid a line; - is stdin.", "FILE")
    ] = None
    date_from: Annotated[
        str | None, _flag("--from", _DATED, "Updated on this UTC day, or at this instant, or later.", "DATE")
    ] = None
    date_to: Annotated[
        str | None, _flag("--to", _DATED, "Updated on this UTC day, or at this instant, or earlier.", "DATE")
    ] = None

    country_codes: Annotated[
        list[str] | None, _flag("--country", _HOTELS, "In this country, such as FR; repeatable.", "CODE")
    ] = None
    min_rating: Annotated[str | None, _flag("--min-rating", _HOTELS, "Rated so, from 0 to 5, or better.", "N")] = None
    max_rating: Annotated[str | None, _flag("--max-rating", _HOTELS, "Rated so, from 0 to 5, or worse.", "N")] = None
    property_types: Annotated[
        list[str] | None, _flag("--property-type", _HOTELS, "Of this type; repeatable.", "TYPE")
    ] = None
    include_locations: Annotated[bool, _flag(" /--no-locations", _HOTELS, "Leave locations out.")] = True
    include_contacts: Annotated[bool, _flag(" /--no-contacts", _HOTELS, "Leave contacts out.")] = True
    include_mappings: Annotated[bool, _flag(" /--no-mappings", _HOTELS, "Leave mappings out.")] = True

    include_country_breakdown: Annotated[
        bool, _flag("--country-breakdown", _SUMMARY, "The hotels of each supplier by country, too.")
    ] = False

    def of(self, export_type: ExportType) -> dict[str, object]:
        """The filters that were given, by the library's names for them.

        Raises:
            OptionError: The export has no such filter, or the file of ittids cannot be read.

        """
        given = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        _check_there_are(given, export_type)
        for name in _NUMBERS & given.keys():
            given[name] = _number(given[name])
        if self.ittids_from is not None:
            given["ittids"] = [*(self.ittids or ()), *ittids_in(given.pop("ittids_from"))]
        return given


@dataclass(frozen=True, kw_only=True)
class FileFlags:
    """What the file is like; the library checks it against the format."""

    format: Annotated[
        str | None, _flag("--format", _FILE, "csv, json, excel or xlsx, ndjson, parquet, arrow; else by FILE.", "NAME")
    ] = None
    columns: Annotated[
        list[str] | None,
        _flag("--columns", _FILE, "Flat columns for csv and the main sheet, in this order; repeatable.", "A,B,…"),
    ] = None
    compression: Annotated[
        str | None, _flag("--compression", _FILE, "For csv, json and ndjson; else by FILE.", "none|gzip|zstd")
    ] = None
    csv_formulas: Annotated[
        str | None,
        _flag("--csv-formulas", _FILE, "Escape cells that a spreadsheet would run, or leave them.", "escape|raw"),
    ] = None
    csv_separator: Annotated[
        str | None, _flag("--csv-separator", _FILE, "Between the cells of a csv: , (default) ; | or tab.", "CHAR")
    ] = None
    compact: Annotated[
        bool, _flag("--compact", _FILE, "xlsx without cell references: smaller, but not every reader takes it.")
    ] = False

    def options(self) -> dict[str, Any]:
        """The library's options."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        separator = "\t" if self.csv_separator in ("tab", "\\t") else self.csv_separator
        return given | {"columns": _listed(self.columns), "csv_separator": separator}


@dataclass(frozen=True, kw_only=True)
class RunFlags:
    """How the export is run, and what it tells."""

    manifest: Annotated[str | None, _flag("--manifest", _RUN, "Write the manifest (JSON); - is stdout.", "FILE")] = None
    refuse_over: Annotated[
        int | None,
        _flag("--refuse-over", _RUN, "Write nothing, and end with 5, if there are more records.", "N", least=0),
    ] = None
    workers: Annotated[
        int | None, _flag("--workers", _RUN, "Chunks encoded at once; by default as many as processors.", "N", least=1)
    ] = None
    cluster: Annotated[
        str | None,
        _flag("--cluster", _RUN, "Encode on a Dask cluster; the URL of its scheduler, tcp://scheduler:8786.", "URL"),
    ] = None
    pieces: Annotated[
        str | None,
        _flag(
            "--pieces",
            _RUN,
            "Where the cluster leaves its pieces, file:///folder or s3://bucket/prefix that all see;"
            " by default they come back through the scheduler.",
            "URL",
        ),
    ] = None
    timings: Annotated[bool, _flag("--timings", _RUN, "Tell on stderr the seconds by stage, and the peak memory.")] = (
        False
    )
    quiet: Annotated[bool, _flag("--quiet", _RUN, "Tell nothing on stderr but warnings and errors.")] = False


_NUMBERS = {"min_rating", "max_rating", "limit"}
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
"""Without what Python takes for one besides: 1_0, digits of other scripts, nan."""

FLAGS = {
    "source": "--source",
    "sql_dir": "--sql-dir",
    **flag_names(FilterFlags),
    **flag_names(FileFlags),
    **flag_names(RunFlags),
}
"""The library's name of a filter or an option → the flag that says it."""


def _number(text: str) -> int | float | str:
    """A number as it was typed; what is none stays text, for the library to say what would do."""
    if not _NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("+-").isdecimal() else float(text)


def _listed(columns: list[str] | None) -> list[str] | None:
    """No column has a comma in its name, so each flag can have several."""
    return None if columns is None else [name for several in columns for name in several.split(",")]


def _check_there_are(given: dict[str, object], export_type: ExportType) -> None:
    known = {*load("pipeline.datasets:DATASETS")[export_type.dataset].model.model_fields}
    known |= {"ittids_from"} if "ittids" in known else set()
    for name in given:
        if name not in known:
            flags = ", ".join(FLAGS[field.name] for field in fields(FilterFlags) if field.name in known)
            message = f"{FLAGS[name]} is no filter of {export_type.value}; it takes {flags}"
            raise OptionError(message, option=name)
