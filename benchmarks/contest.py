"""What is measured: tasks, and who takes part in which. Nothing heavy is imported here.

A contest is one piece of work that every contender does to the same content:

``write-csv``, ``write-json``, ``write-xlsx``
    From the tables in memory, as Polars frames, to a finished file. Imports and reading the catalogue are not counted.
``all-csv``, ``all-json``, ``all-xlsx``, …
    From a catalogue in a database to a finished file: a whole process, imports included.
``limit-…``
    What no exporter can do without: reading the source once, deflating the bytes, putting them on the disk.
"""

from dataclasses import dataclass

OURS = "bellhop"


@dataclass(frozen=True, kw_only=True)
class Task:
    """One contender's work on a catalogue of one size."""

    contest: str
    contender: str
    hotels: int
    source: str = "duckdb"
    workers: int | None = None
    """As many as there are processors if none is given."""

    @property
    def name(self) -> str:
        """What it is called in results."""
        workers = "" if self.workers is None else f" ({self.workers} worker{'s' * (self.workers > 1)})"
        return f"{self.contender}{workers}"


@dataclass(frozen=True, kw_only=True)
class Contender:
    """Who takes part in a contest, and where the function for it stands."""

    contest: str
    name: str
    place: str
    """``module:function``; it takes a Job and does the work."""
    most_hotels: int = 10**9
    """Larger catalogues take it too long, or too much memory."""
    sources: tuple[str, ...] = ("duckdb",)


def _contenders() -> tuple[Contender, ...]:
    ours, commands = "benchmarks.contenders.ours", "benchmarks.contenders.commands"
    xlsx, texts = "benchmarks.contenders.workbooks", "benchmarks.contenders.texts"
    limits = "benchmarks.contenders.limits"
    every = ("duckdb", "sqlite", "postgresql")
    return (
        Contender(contest="write-xlsx", name=OURS, place=f"{ours}:write_xlsx", most_hotels=300_000),
        Contender(contest="write-xlsx", name="bellhop compact", place=f"{ours}:write_compact", most_hotels=300_000),
        Contender(contest="write-xlsx", name="rustpy-xlsxwriter", place=f"{xlsx}:rustpy", most_hotels=300_000),
        Contender(contest="write-xlsx", name="XlsxWriter", place=f"{xlsx}:constant_memory", most_hotels=100_000),
        Contender(contest="write-xlsx", name="pl.write_excel", place=f"{xlsx}:polars_excel", most_hotels=100_000),
        Contender(contest="write-xlsx", name="pyexcelerate", place=f"{xlsx}:excelerate", most_hotels=100_000),
        Contender(contest="write-json", name=OURS, place=f"{ours}:write_json", most_hotels=300_000),
        Contender(contest="write-json", name="orjson", place=f"{texts}:orjson_batches", most_hotels=300_000),
        Contender(contest="write-json", name="json.dump", place=f"{texts}:json_dump", most_hotels=100_000),
        Contender(contest="write-csv", name=OURS, place=f"{ours}:write_csv", most_hotels=300_000),
        Contender(contest="write-csv", name="DuckDB COPY", place=f"{texts}:duckdb_copy", most_hotels=300_000),
        Contender(contest="write-csv", name="pyarrow.csv", place=f"{texts}:pyarrow_csv", most_hotels=300_000),
        Contender(contest="write-csv", name="csv.DictWriter", place=f"{texts}:dict_writer", most_hotels=100_000),
        Contender(contest="all-csv", name=OURS, place=f"{commands}:all_file", sources=every),
        Contender(contest="all-csv", name="row by row", place=f"{commands}:row_by_row", most_hotels=100_000),
        Contender(contest="all-json", name=OURS, place=f"{commands}:all_file", sources=every),
        Contender(contest="all-json", name="row by row", place=f"{commands}:row_by_row", most_hotels=100_000),
        Contender(contest="all-xlsx", name=OURS, place=f"{commands}:all_file", sources=every),
        Contender(contest="all-xlsx", name="bellhop compact", place=f"{commands}:all_compact", sources=every),
        Contender(contest="all-xlsx", name="row by row", place=f"{commands}:row_by_row", most_hotels=100_000),
        Contender(contest="all-ndjson", name=OURS, place=f"{commands}:all_file", sources=every),
        Contender(contest="all-parquet", name=OURS, place=f"{commands}:all_file", sources=every),
        Contender(contest="all-arrow", name=OURS, place=f"{commands}:all_file", sources=every),
        Contender(contest="limit-pull", name="DuckDB COPY to nowhere", place=f"{limits}:duckdb_pull"),
        Contender(
            contest="limit-pull", name=r"\copy to nowhere", place=f"{limits}:postgres_pull", sources=("postgresql",)
        ),
        Contender(contest="limit-deflate", name="igzip of the XML", place=f"{limits}:deflate", most_hotels=300_000),
        Contender(contest="limit-disk", name="copy of the workbook", place=f"{limits}:copy", most_hotels=300_000),
    )


CONTENDERS = _contenders()
"""Every contender of every contest, ours first."""

CONTESTS = tuple(dict.fromkeys(contender.contest for contender in CONTENDERS))


def contender_of(task: Task) -> Contender:
    """Who does a task."""
    return next(c for c in CONTENDERS if (c.contest, c.name) == (task.contest, task.contender))


def takes_part(contender: Contender, hotels: int, source: str) -> bool:
    """Whether a contender works on a catalogue of this size from this source."""
    return hotels <= contender.most_hotels and source in contender.sources
