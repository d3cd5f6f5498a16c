"""The results drawn, as SVG: time and memory by the number of hotels, and where the time of an export goes."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from benchmarks.cases import OURS, short
from benchmarks.results import Outcome, Results
from benchmarks.targets import LARGE

_OURS_COLOUR, _PEER_COLOUR, _LIMIT_COLOUR = "#0b6e4f", "#8a8f98", "#c9a227"
_STAGES = {
    "count": "#c7cdd6",
    "pull": "#7f8fa6",
    "reshape": "#8fc1a9",
    "encode": "#0b6e4f",
    "compress": "#c9a227",
    "hash": "#d98f5c",
    "publish": "#4a4e57",
}
_TITLES = {
    "write-hotels-xlsx": "XLSX, from memory to a file",
    "write-hotels-json": "JSON, from memory to a file",
    "write-hotels-csv": "CSV, from memory to a file",
    "all-hotels-xlsx": "XLSX, from a database to a file",
    "all-hotels-json": "JSON, from a database to a file",
    "all-hotels-csv": "CSV, from a database to a file",
}
_COLUMNS = 3
_LABEL_GAP = 0.062
"""Between two labels at least, of the height of a panel."""
_WIDE, _HIGH = 4.4, 3.3
"""Inches of a panel."""
_MOST_MB = 320

Lines = dict[str, list[tuple[int, float]]]
"""Points by contender: hotels and what was measured."""


def draw(results: Results, folder: Path) -> list[Path]:
    """Draw all that was measured; the files."""
    # The same results give the same bytes, and text stays text.
    mpl.rcParams.update({"svg.hashsalt": "bellhop", "svg.fonttype": "none", "font.size": 9})
    folder.mkdir(parents=True, exist_ok=True)
    figures = {"time": _times(results), "memory": _memory(results), "stages": _stages(results)}
    for name, figure in figures.items():
        figure.savefig(folder / f"{name}.svg", format="svg", metadata={"Date": None, "Creator": None})
    return [folder / f"{name}.svg" for name in figures]


def _times(results: Results) -> Figure:
    """A panel a contest, a line a contender, by hotels on log axes."""
    figure = Figure(figsize=(_WIDE * _COLUMNS, _HIGH * 2), layout="constrained", facecolor="white")
    for panel, contest in zip(figure.subplots(2, _COLUMNS).flat, _TITLES, strict=True):
        lines = _lines(results, contest, "seconds")
        _panel(panel, lines, _TITLES[contest])
        panel.set(yscale="log")
        panel.yaxis.set_minor_locator(NullLocator())
        panel.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} s"))
        _label_lines(panel, lines)
    return figure


def _memory(results: Results) -> Figure:
    """Peaks of whole processes, from a database to a file."""
    contests = [contest for contest in _TITLES if contest.startswith("all-")]
    figure = Figure(figsize=(_WIDE * _COLUMNS, _HIGH), layout="constrained", facecolor="white")
    for panel, contest in zip(figure.subplots(1, _COLUMNS), contests, strict=True):
        lines = {name: line for name, line in _lines(results, contest, "peak_mb").items() if "compact" not in name}
        _panel(panel, lines, _TITLES[contest])
        panel.axhline(_MOST_MB, color=_LIMIT_COLOUR, linewidth=1, linestyle=":")
        panel.set_ylim(bottom=0, top=max(panel.get_ylim()[1], _MOST_MB * 1.25))
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f} MB"))
        _label_lines(panel, lines)
    return figure


def _lines(results: Results, contest: str, measure: str) -> Lines:
    lines: Lines = {}
    for outcome in results.outcomes:
        task = outcome.task
        if (task.contest, task.source, task.workers) == (contest, "duckdb", None) and "copy of" not in task.name:
            lines.setdefault(task.name, []).append((task.hotels, getattr(outcome, measure)))
    return {name: sorted(points) for name, points in lines.items()}


def _panel(panel: Axes, lines: Lines, title: str) -> None:
    for name, points in lines.items():
        (line,) = panel.plot(*zip(*points, strict=True), marker="o", markersize=3.5, color=_colour(name), label=name)
        line.set(linestyle="--" if name.startswith("limit") else "-", linewidth=2.6 if name == OURS else 1.3)
    panel.set(xscale="log", xlabel="hotels, with all their children")
    panel.set_title(title, loc="left", fontsize=10, fontweight="bold")
    panel.xaxis.set_major_formatter(FuncFormatter(lambda hotels, _: short(round(hotels))))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.grid(visible=True, color="#e4e7ec", linewidth=0.8)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)


def _colour(name: str) -> str:
    if name.startswith("limit"):
        return _LIMIT_COLOUR
    return _OURS_COLOUR if name.startswith(OURS) else _PEER_COLOUR


def _label_lines(panel: Axes, lines: Lines) -> None:
    """Each line's name at its end, pushed up where two would meet."""
    into = panel.transData + panel.transAxes.inverted()
    ends = np.array([into.transform(points[-1]) for points in lines.values()]).reshape(-1, 2)
    for name, right, height in zip(lines, ends[:, 0], _apart(ends[:, 1].tolist()), strict=True):
        weight = "bold" if name.startswith(OURS) else "normal"
        label = panel.text(right + 0.03, height, name.removeprefix("limit: "), transform=panel.transAxes, va="center")
        label.set(fontsize=8, color=_colour(name), fontweight=weight)


def _apart(heights: Sequence[float]) -> list[float]:
    """The same heights in the same order from below, none closer to the next than a label is high."""
    apart = list(heights)
    lowest = -1.0
    for position in sorted(range(len(heights)), key=heights.__getitem__):
        apart[position] = max(heights[position], lowest + _LABEL_GAP)
        lowest = apart[position]
    return apart


def _stages(results: Results) -> Figure:
    """A bar a format: seconds by stage, those of all threads added up."""
    ours = [o for o in results.outcomes if o.task.contest.startswith("all-hotels-") and o.task.name == OURS]
    size = max((o.task.hotels for o in ours if o.task.hotels <= LARGE), default=0)
    shown = [o for o in ours if o.task.hotels == size and o.task.source == "duckdb"]
    figure = Figure(figsize=(9, 1.3 + 0.42 * len(shown)), layout="constrained", facecolor="white")
    axes = figure.subplots()
    _bars(axes, shown)
    axes.invert_yaxis()
    axes.set_xlabel(f"seconds of work on all threads; in brackets those on the clock, start to end ({size:,} hotels)")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.legend(ncols=len(_STAGES), fontsize=8, loc="outside upper center", frameon=False)
    return figure


def _bars(axes: Axes, shown: Sequence[Outcome]) -> None:
    names = [f"{outcome.task.format.upper()} ({outcome.seconds:.1f} s)" for outcome in shown]
    fastest = [min(outcome.runs, key=lambda run: run.seconds) for outcome in shown]
    left = [0.0] * len(shown)
    for stage, colour in _STAGES.items():
        widths = [run.stages.get(stage, 0.0) for run in fastest]
        axes.barh(names, widths, left=left, label=stage, color=colour, height=0.68)
        left = [start + width for start, width in zip(left, widths, strict=True)]
