"""Bellhop measured beside its peers and its limits, and every file read back.

Begin with `cases`, which lists what there is, and `run`, which by default takes a minute or so; `full` measures all
that the documentation shows.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.cases import CONTENDERS, FULL, SOURCES, Selection, Task, runs_of
from benchmarks.catalogues import SERVER, catalogues
from benchmarks.report import put_between, report
from benchmarks.results import Results
from benchmarks.run import Bench
from benchmarks.tables import compared

_FOLDER = Path("benchmarks/catalogues")
_RESULT = Path("benchmarks/out/result.json")


def main() -> None:
    """Do what the command line asks."""
    asked = _arguments().parse_args()
    asked.work(asked)


def _cases(asked: argparse.Namespace) -> None:
    """Who takes part in which contest."""
    del asked
    contests: dict[str, list[str]] = {}
    for contender in CONTENDERS:
        contests.setdefault(contender.task(0, "duckdb", None).contest, []).append(contender.name)
    for contest, names in contests.items():
        print(f"{contest:<30}{', '.join(names)}")


def _run(asked: argparse.Namespace) -> None:
    selection = Selection(
        cases=tuple(asked.cases),
        hotels=tuple(asked.hotels),
        sources=tuple(asked.sources),
        workers=(None, *asked.workers),
        contenders=tuple(asked.contenders),
    )
    _measure(asked, runs_of([selection], asked.runs))


def _full(asked: argparse.Namespace) -> None:
    runs = runs_of(FULL, asked.runs)
    _measure(asked, {task: wanted for task, wanted in runs.items() if task.hotels <= asked.most_hotels})


def _measure(asked: argparse.Namespace, runs: dict[Task, int]) -> None:
    if not runs:
        sys.exit("no case is asked for that there is; python -m benchmarks cases lists them")
    with catalogues(asked.folder, asked.server, keep=asked.keep_databases) as made:
        bench = Bench(
            catalogues=made,
            tell=lambda line: print(line, file=sys.stderr, flush=True),
            keep=lambda results: results.save(asked.json),
            check=not asked.unchecked,
        )
        _tell(bench.run(runs), asked)
    if bench.failed:
        sys.exit(f"not measured, see above why: {', '.join(f'{t.case} by {t.name}' for t in bench.failed)}")


def _service(asked: argparse.Namespace) -> None:
    from benchmarks.service import service_figures  # noqa: PLC0415 - the web framework weighs on a harness

    with catalogues(asked.folder, SERVER, keep=False) as made:
        for figure in service_figures(made.url("duckdb", asked.hotels), asked.rounds):
            print(f"{figure.what:<66}{figure.measured}  (aim: {figure.aim})", flush=True)


def _show(asked: argparse.Namespace) -> None:
    _tell(Results.load(asked.result), asked)


def _tell(results: Results, asked: argparse.Namespace) -> None:
    """Print the tables, or put them into a document; draw if that was asked for."""
    if asked.docs:
        put_between(asked.docs, report(results))
    else:
        print(report(results))
    if asked.pictures:
        from benchmarks.pictures import draw  # noqa: PLC0415 - matplotlib is slow to import, and weighs on a harness

        print(*draw(results, asked.pictures), sep="\n", file=sys.stderr)


def _compare(asked: argparse.Namespace) -> None:
    print(compared(Results.load(asked.before), Results.load(asked.after)))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("cases", help="list contests, and who takes part").set_defaults(work=_cases)
    _run_arguments(commands.add_parser("run", help="measure some cases", epilog=_EXAMPLES, formatter_class=_Plain))
    full = commands.add_parser("full", help="measure all that the documentation shows: three quarters of an hour")
    full.add_argument("--most-hotels", type=int, default=10**9, metavar="N", help="leave larger catalogues out")
    full.set_defaults(work=_full)
    _measuring_arguments(full)
    service = commands.add_parser("service", help="measure the service beside the library, and many users at once")
    service.add_argument("--hotels", type=int, default=100_000, metavar="N", help="size of the catalogue")
    service.add_argument("--rounds", type=int, default=7, metavar="N", help="of each comparison")
    service.add_argument("--folder", type=Path, default=_FOLDER, help="keeps the catalogues")
    service.set_defaults(work=_service)
    show = commands.add_parser("show", help="print the tables of a result that was kept, or draw it")
    show.add_argument("result", type=Path, nargs="?", default=_RESULT)
    show.set_defaults(work=_show)
    _report_arguments(show)
    compare = commands.add_parser("compare", help="two results side by side: what changed beyond the spread of runs")
    compare.add_argument("before", type=Path)
    compare.add_argument("after", type=Path)
    compare.set_defaults(work=_compare)
    return parser


class _Plain(argparse.RawDescriptionHelpFormatter, argparse.ArgumentDefaultsHelpFormatter):
    """Keeps lines, and tells defaults."""


_EXAMPLES = """examples:
  python -m benchmarks run                                     all contests at 1,000 hotels
  python -m benchmarks run 'write-hotels-*' --hotels 10000     the writers alone, larger
  python -m benchmarks run all-hotels-csv --sources duckdb sqlite postgresql
  python -m benchmarks run 'all-hotels-xlsx' --hotels 100000 --workers 1 2 --contenders bellhop"""


def _run_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cases", nargs="*", default=["*"], metavar="CASE", help="contests or cases, * for any")
    parser.add_argument("--hotels", type=int, nargs="+", default=[1_000], metavar="N", help="sizes of the catalogue")
    parser.add_argument("--sources", nargs="+", choices=SOURCES, default=["duckdb"], help="where the catalogue is")
    parser.add_argument("--workers", type=int, nargs="*", default=[], metavar="N", help="ours, beside one a processor")
    parser.add_argument("--contenders", nargs="+", default=["*"], metavar="NAME", help="who takes part, * for any")
    parser.set_defaults(work=_run)
    _measuring_arguments(parser)


def _measuring_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="of each, in turn; peers over 20 s run once")
    parser.add_argument("--unchecked", action="store_true", help="do not read files back, which takes the longest")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="keeps the catalogues")
    parser.add_argument("--server", default=SERVER, metavar="URL", help="the PostgreSQL that databases are made on")
    parser.add_argument("--keep-databases", action="store_true", help="do not drop them in the end")
    parser.add_argument("--json", type=Path, default=_RESULT, metavar="FILE", help="keeps every run")
    _report_arguments(parser)


def _report_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--docs", type=Path, metavar="FILE", help="put the tables into this document, between its marks"
    )
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw SVGs into it")


if __name__ == "__main__":
    main()
