"""What is measured: named cases, and who takes part in which. Nothing heavy is imported here.

A case is a contest, a size, a source and a number of workers: ``all-hotels-xlsx-100k-duckdb``, ``…-duckdb-2w``.
A contest is one piece of work that every contender does to the same content:

``write-EXPORT-FORMAT``
    From the tables in memory, as Polars frames, to a finished file. Imports and reading the catalogue are not counted.
``all-EXPORT-FORMAT``
    From a catalogue in a database to a finished file: a whole process, imports included.
``pull-EXPORT``
    Every row of the tables out of the database, encoded by nobody.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import product

OURS = "bellhop"
FORMATS = ("csv", "json", "ndjson", "xlsx", "parquet", "arrow")
EXPORTS = ("hotels", "mappings", "supplier-summary")
SOURCES = ("duckdb", "sqlite", "postgresql")


@dataclass(frozen=True, kw_only=True)
class Task:
    """One contender's work on a catalogue of one size."""

    work: str
    """write, all or pull."""
    export: str
    format: str
    """The ending of the file; nothing where none is written."""
    contender: str
    hotels: int
    source: str = "duckdb"
    workers: int | None = None
    """As many as there are processors if none is given."""

    @property
    def contest(self) -> str:
        """What it competes in."""
        return "-".join(filter(None, (self.work, self.export, self.format)))

    @property
    def case(self) -> str:
        """The contest and what it is about."""
        workers = "" if self.workers is None else f"-{self.workers}w"
        return f"{self.contest}-{short(self.hotels)}-{self.source}{workers}"

    @property
    def name(self) -> str:
        """Who, and with how many workers if that was asked for."""
        workers = "" if self.workers is None else f" ({self.workers} worker{'s' * (self.workers > 1)})"
        return f"{self.contender}{workers}"

    @property
    def is_ours(self) -> bool:
        """Whether it is Bellhop's work."""
        return self.contender.startswith(OURS)


@dataclass(frozen=True, kw_only=True)
class Contender:
    """Who takes part in a contest, and where the function for it stands."""

    work: str
    export: str = "hotels"
    format: str
    name: str
    place: str
    """``module:function``: from a Job to the work, as a function or (``all``) a command."""
    most_hotels: int = 10**9
    """Larger catalogues take it too long, or too much memory."""
    sources: tuple[str, ...] = ("duckdb",)

    def task(self, hotels: int, source: str, workers: int | None) -> Task:
        """Its work on one catalogue."""
        return Task(
            work=self.work,
            export=self.export,
            format=self.format,
            contender=self.name,
            hotels=hotels,
            source=source,
            workers=workers,
        )

    def takes_part(self, task: Task) -> bool:
        """Whether it does such work at all; only ours has workers."""
        has_workers = self.name.startswith(OURS) and self.work != "pull"
        known = task.hotels <= self.most_hotels and task.source in self.sources
        return known and (task.workers is None or has_workers)


def short(number: int) -> str:
    """1k, 50k, 1M."""
    for unit, name in ((10**6, "M"), (10**3, "k")):
        if number >= unit and number % unit == 0:
            return f"{number // unit}{name}"
    return str(number)


_OURS, _COMMANDS = "benchmarks.contenders.ours", "benchmarks.contenders.commands"
_BOOKS, _TEXTS = "benchmarks.contenders.workbooks", "benchmarks.contenders.texts"
_LIMITS, _PULLS = "benchmarks.contenders.limits", "benchmarks.contenders.pulls"
_IN_MEMORY, _PEERS = 300_000, 100_000


def _writers() -> Iterator[Contender]:
    """From frames to a file: ours, peers, and the file's bytes copied to the disk, which nobody can do without."""
    for ending, contenders in {
        "xlsx": {
            OURS: f"{_OURS}:write_xlsx",
            "bellhop compact": f"{_OURS}:write_compact",
            "rustpy-xlsxwriter": f"{_BOOKS}:rustpy",
            "XlsxWriter": f"{_BOOKS}:constant_memory",
            "pl.write_excel": f"{_BOOKS}:polars_excel",
            "pyexcelerate": f"{_BOOKS}:excelerate",
            "limit: igzip of its XML": f"{_LIMITS}:deflate",
        },
        "json": {
            OURS: f"{_OURS}:write_json",
            "orjson": f"{_TEXTS}:orjson_batches",
            "json.dump": f"{_TEXTS}:json_dump",
        },
        "csv": {
            OURS: f"{_OURS}:write_csv",
            "DuckDB COPY": f"{_TEXTS}:duckdb_copy",
            "pyarrow.csv": f"{_TEXTS}:pyarrow_csv",
            "csv.DictWriter": f"{_TEXTS}:dict_writer",
        },
    }.items():
        for name, place in (contenders | {"limit: copy of the file": f"{_LIMITS}:copy"}).items():
            most = _IN_MEMORY if name.startswith((OURS, "limit")) else _PEERS
            yield Contender(work="write", format=ending, name=name, place=place, most_hotels=most)


def _exporters() -> Iterator[Contender]:
    """From a database to a file; the usual way is measured where it is usual."""
    for export, ending in product(EXPORTS, FORMATS):
        places = {OURS: f"{_COMMANDS}:all_file"}
        if ending == "xlsx":
            places["bellhop compact"] = f"{_COMMANDS}:all_compact"
        if export == "hotels" and ending in {"csv", "json", "xlsx"}:
            places["row by row"] = f"{_COMMANDS}:row_by_row"
        for name, place in places.items():
            contender = Contender(work="all", export=export, format=ending, name=name, place=place, sources=SOURCES)
            yield contender if name.startswith(OURS) else replace(contender, most_hotels=_PEERS)


def _pulls() -> Iterator[Contender]:
    """Out of a database, and no further; the fastest that each has by itself is the limit."""
    for name, place, most, sources in (
        (OURS, f"{_PULLS}:ours", 10**9, SOURCES),
        ("bellhop, as they come", f"{_PULLS}:ours_as_they_come", 10**9, SOURCES),
        ("ORM", "benchmarks.contenders.row_by_row:pull", _PEERS, SOURCES),
        ("limit: DuckDB COPY to nowhere", f"{_PULLS}:duckdb_copy", 10**9, ("duckdb",)),
        ("limit: sqlite3 fetchmany", f"{_PULLS}:sqlite_rows", 10**9, ("sqlite",)),
        (r"limit: \copy to nowhere", f"{_PULLS}:postgres_copy", 10**9, ("postgresql",)),
    ):
        yield Contender(work="pull", format="", name=name, place=place, most_hotels=most, sources=sources)


CONTENDERS = (*_writers(), *_exporters(), *_pulls())
"""Every contender of every contest, ours first in each."""


def contender_of(task: Task) -> Contender:
    """Who does a task."""
    return next(c for c in CONTENDERS if c.task(task.hotels, task.source, task.workers) == task)


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which cases are wanted."""

    cases: tuple[str, ...] = ("*",)
    """Names of contests or cases, ``*`` and ``?`` stand for others."""
    hotels: tuple[int, ...]
    sources: tuple[str, ...] = ("duckdb",)
    workers: tuple[int | None, ...] = (None,)
    """Of ours; others have none."""
    contenders: tuple[str, ...] = ("*",)
    most_runs: int = 10**9
    """Of each task, however many are asked for."""

    def tasks(self) -> Iterator[Task]:
        """Every task of them, small catalogues first."""
        for source in self.sources:
            for hotels in self.hotels:
                for contender in CONTENDERS:
                    for workers in self.workers:
                        task = contender.task(hotels, source, workers)
                        if contender.takes_part(task) and self._wants(task):
                            yield task

    def _wants(self, task: Task) -> bool:
        by_case = (fnmatchcase(name, case) for name in (task.contest, task.case) for case in self.cases)
        return any(by_case) and any(fnmatchcase(task.contender, contender) for contender in self.contenders)


_MAIN = ("*-hotels-csv", "*-hotels-json", "*-hotels-xlsx")
_OTHER_EXPORTS = ("all-mappings-csv", "all-mappings-json", "all-mappings-xlsx", "all-supplier-summary-xlsx")
_OURS_AND_LIMITS = (f"{OURS}*", "limit*")
_ELSEWHERE = ("sqlite", "postgresql")
_ANY_OF_OURS = (f"{OURS}*",)

FULL = (
    Selection(cases=("*-hotels-*",), hotels=(1_000, 10_000)),
    Selection(cases=("*-hotels-*", *_OTHER_EXPORTS), hotels=(100_000,)),
    Selection(cases=_MAIN, hotels=(100_000,), workers=(1, 2), contenders=(OURS,)),
    Selection(cases=("all-hotels-*",), hotels=(50_000,), contenders=_ANY_OF_OURS, most_runs=1),
    Selection(cases=("pull-hotels",), hotels=(100_000,), sources=("duckdb", "sqlite"), contenders=_OURS_AND_LIMITS),
    Selection(cases=("pull-hotels",), hotels=(100_000,), sources=("postgresql",)),
    Selection(cases=("all-hotels-csv",), hotels=(100_000,), sources=_ELSEWHERE, contenders=_ANY_OF_OURS),
    Selection(cases=("all-hotels-csv", "all-hotels-json", "all-hotels-xlsx"), hotels=(1_000_000,), contenders=(OURS,)),
    Selection(cases=("all-hotels-*",), hotels=(1_000_000,), contenders=_ANY_OF_OURS, most_runs=1),
)
"""What ``full`` measures: all that a target or a picture is made of. The first that has a task says how often."""


def runs_of(selections: Iterable[Selection], runs: int) -> dict[Task, int]:
    """Every task of some selections, and how often it is to be run."""
    wanted: dict[Task, int] = {}
    for selection in selections:
        for task in selection.tasks():
            wanted.setdefault(task, min(runs, selection.most_runs))
    return wanted
