"""``python -m benchmarks.run``: runs the cases in turn, and prints and keeps medians and spread."""

import argparse
import datetime as dt
import json
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.cases import Case, cases
from benchmarks.measure import Run, measured
from pipeline import make_catalogue

MADE_AT = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)


def main() -> None:
    """Measure what the arguments ask for."""
    asked = _arguments()
    chosen = list(cases(asked.hotels, asked.formats, asked.sources))
    results: dict[Case, list[Run]] = defaultdict(list)
    # In turn, A B C A B C: so that a machine whose speed drifts slows all of them alike.
    for _ in range(asked.runs):
        for case in chosen:
            results[case].append(measured(case, _catalogue(asked.folder, case)))
    print(table(results))
    if asked.json:
        kept = {case.name: [asdict(run) for run in runs] for case, runs in results.items()}
        asked.json.write_text(json.dumps(kept, indent=2) + "\n", "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--hotels", type=int, nargs="+", default=[1_000, 10_000, 100_000], metavar="N")
    parser.add_argument("--formats", nargs="+", default=["csv", "json", "xlsx"], metavar="ENDING")
    parser.add_argument("--sources", nargs="+", default=["duckdb"], choices=["duckdb", "sqlite"])
    parser.add_argument("--runs", type=int, default=3, help="of each case")
    parser.add_argument("--folder", type=Path, default=Path("benchmarks/catalogues"), help="keeps the catalogues")
    parser.add_argument("--json", type=Path, help="keeps every run")
    return parser.parse_args()


def _catalogue(folder: Path, case: Case) -> str:
    """The URL of a case's catalogue, made when it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder.absolute() / f"{case.hotels}.{case.source}"
    url = f"{case.source}:///{file}"
    if not file.exists():
        make_catalogue(url, hotels=case.hotels, now=MADE_AT)
    return url


_COLUMNS: dict[str, Callable[[Run], float]] = {
    "wall s": lambda run: run.wall_seconds,
    "CPU s": lambda run: run.cpu_seconds,
    "peak MB": lambda run: run.peak_bytes / 1e6,
    "file MB": lambda run: run.file_bytes / 1e6,
    "records/s": lambda run: run.records / run.wall_seconds,
}


def table(results: dict[Case, list[Run]]) -> str:
    """Medians with their spread as a Markdown table, a line a case."""
    lines = [f"| case | {' | '.join(_COLUMNS)} |", f"|---|{'---|' * len(_COLUMNS)}"]
    for case, runs in results.items():
        lines.append(f"| {case.name} | {' | '.join(_spread([of(run) for run in runs]) for of in _COLUMNS.values())} |")
    return "\n".join(lines)


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):,.2f} ({min(values):,.2f} to {max(values):,.2f})"


if __name__ == "__main__":
    main()
