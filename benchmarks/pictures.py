"""The results drawn, as SVG: time and memory by the number of hotels, and where the time of an export goes."""

from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.contest import OURS
from benchmarks.results import Outcome, Results
from benchmarks.targets import LARGE

_STAGES = ("count", "pull", "reshape", "encode", "compress", "hash", "publish")
_TITLES = {
    "write-csv": "CSV, frames to file",
    "write-json": "JSON, frames to file",
    "write-xlsx": "XLSX, frames to file",
    "all-csv": "CSV, database to file",
    "all-json": "JSON, database to file",
    "all-xlsx": "XLSX, database to file",
}


def draw(results: Results, folder: Path) -> list[Path]:
    """Draw all that was measured; the files."""
    mpl.use("svg")
    # The same results give the same bytes, and text stays text.
    mpl.rcParams.update({"svg.hashsalt": "bellhop", "svg.fonttype": "none", "font.size": 9})
    folder.mkdir(parents=True, exist_ok=True)
    figures = {
        "time": _by_hotels(results, "seconds"),
        "memory": _by_hotels(results, "peak"),
        "stages": _stages(results),
    }
    for name, figure in figures.items():
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    return [folder / f"{name}.svg" for name in figures]


def _by_hotels(results: Results, measure: str) -> Figure:
    """A panel a contest, a line a contender, by hotels on log axes."""
    contests = [c for c in _TITLES if measure == "seconds" or c.startswith("all-")]
    columns = 3
    rows = -(-len(contests) // columns)
    figure = Figure(figsize=(4 * columns, 3.2 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).flat
    for panel, contest in zip(panels, contests, strict=True):
        _panel(panel, [o for o in results.outcomes if o.task.contest == contest and o.task.workers is None], measure)
        panel.set_title(_TITLES[contest])
    return figure


def _panel(panel: Axes, outcomes: Iterable[Outcome], measure: str) -> None:
    lines: dict[str, list[tuple[int, float]]] = {}
    for outcome in outcomes:
        if outcome.task.source == "duckdb":
            lines.setdefault(outcome.task.name, []).append((outcome.task.hotels, _value(outcome, measure)))
    for name, points in lines.items():
        ours = name.startswith(OURS)
        panel.plot(*zip(*points, strict=True), marker="o", label=name, linewidth=2.5 if ours else 1, markersize=4)
    panel.set(xscale="log", yscale="log", xlabel="hotels", ylabel="seconds" if measure == "seconds" else "peak, MB")
    panel.grid(visible=True, alpha=0.3)
    panel.legend(fontsize=7)


def _value(outcome: Outcome, measure: str) -> float:
    return outcome.seconds if measure == "seconds" else max(run.peak_bytes for run in outcome.runs) / 1e6


def _stages(results: Results) -> Figure:
    """A bar an export of ours: seconds by stage, those of all threads added up."""
    ours = [o for o in results.outcomes if o.task.contest.startswith("all-") and o.task.contender == OURS]
    largest = max((o.task.hotels for o in ours if o.task.hotels <= LARGE), default=0)
    shown = [o for o in ours if o.task.hotels == largest and o.task.workers is None and o.task.source == "duckdb"]
    figure = Figure(figsize=(8, 0.6 + 0.4 * max(len(shown), 1)), layout="constrained")
    axes = figure.subplots()
    left = [0.0] * len(shown)
    for stage in _STAGES:
        widths = [outcome.runs[0].stages.get(stage, 0.0) for outcome in shown]
        axes.barh([o.task.contest.removeprefix("all-") for o in shown], widths, left=left, label=stage)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.invert_yaxis()
    axes.set(xlabel=f"seconds of all threads, {largest:,} hotels")
    axes.legend(ncols=len(_STAGES), fontsize=7, loc="lower center", bbox_to_anchor=(0.5, 1))
    return figure
