"""``python -m benchmarks``: measure, compare two results, draw one."""

import argparse
import sys
from pathlib import Path

from benchmarks.contest import CONTESTS
from benchmarks.results import Results, compared, markdown
from benchmarks.run import Plan, run
from benchmarks.targets import table


def main() -> None:
    """Do what the command line asks."""
    asked = _arguments()
    if asked.command == "compare":
        print(compared(Results.load(asked.before), Results.load(asked.after)))
    elif asked.command == "show":
        print(_report(Results.load(asked.result)))
    elif asked.command == "draw":
        from benchmarks.pictures import draw  # noqa: PLC0415 - matplotlib is slow to import, and weighs on a harness

        print(*draw(Results.load(asked.result), asked.folder), sep="\n")
    else:
        _run(asked)


def _run(asked: argparse.Namespace) -> None:
    plan = Plan(
        contests=asked.contests,
        hotels=asked.hotels,
        sources=asked.sources,
        workers=[None, *asked.workers],
        runs=asked.runs,
        ours_only=asked.ours_only,
        check=not asked.unchecked,
        folder=asked.folder,
        server=asked.server,
    )
    results = run(plan, lambda line: print(line, file=sys.stderr, flush=True), lambda kept: _keep(kept, asked.json))
    print(_report(results))


def _keep(results: Results, file: Path | None) -> None:
    if file:
        results.save(file)


def _report(results: Results) -> str:
    return "\n\n".join(filter(None, (table(results), markdown(results))))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    measure = commands.add_parser("run", help="measure contests, and print tables")
    measure.add_argument("--contests", nargs="+", choices=CONTESTS, default=list(CONTESTS), metavar="CONTEST")
    measure.add_argument("--hotels", type=int, nargs="+", default=[1_000, 10_000, 100_000], metavar="N")
    measure.add_argument("--sources", nargs="+", choices=["duckdb", "sqlite", "postgresql"], default=["duckdb"])
    measure.add_argument("--workers", type=int, nargs="*", default=[], help="of ours, beside the default")
    measure.add_argument("--runs", type=int, default=3, help="of each task, in turn; those over 20 s run once")
    measure.add_argument("--ours-only", action="store_true", help="no peers")
    measure.add_argument("--unchecked", action="store_true", help="do not read files back, which takes the longest")
    measure.add_argument("--folder", type=Path, default=Path("benchmarks/catalogues"), help="keeps the catalogues")
    measure.add_argument("--server", help="the PostgreSQL server that databases are made on")
    measure.add_argument("--json", type=Path, help="keeps every run")
    show = commands.add_parser("show", help="print the tables of a result that was kept")
    show.add_argument("result", type=Path)
    compare = commands.add_parser("compare", help="two results that were kept, side by side")
    compare.add_argument("before", type=Path)
    compare.add_argument("after", type=Path)
    draw = commands.add_parser("draw", help="pictures of a result that was kept, as SVG")
    draw.add_argument("result", type=Path)
    draw.add_argument("folder", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
