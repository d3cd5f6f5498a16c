"""Characters of the longest cell of each column of a sheet."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from pipeline.arranged import ColumnKey, Stacks
from pipeline.schema import Kind
from pipeline.stack import R, Stack
from pipeline.writers.dates import are_early

_SECOND = 1_000_000
"""Microseconds."""
_DATE, _TEXT, _EXACT = 19, 20, 27
"""Characters of a date, and of one that is ISO text, without and with a fraction of a second."""


def longest(stacks: Stacks, columns: Mapping[R, tuple[ColumnKey, slice]]) -> dict[R, int]:
    """Characters of the longest cell of some rows of each column; 0 where all are NULL, but of dates as of one.

    Args:
        stacks: The columns.
        columns: Where each is found, and which of its rows count; those of a column do not overlap.

    """
    known = dict[R, int]()
    for kind, stack in stacks.items():
        runs = {run: stack.run(key, rows) for run, (key, rows) in columns.items() if key in stack.slices}
        known |= _longest(kind, stack, runs)
    return known


def _longest(kind: Kind, stack: Stack[ColumnKey], runs: Mapping[R, slice]) -> dict[R, int]:
    if kind is Kind.TEXT:
        return stack.longest(runs)
    return _dates(stack, runs) if kind is Kind.TIMESTAMP else _numbers(stack, runs)


def _numbers(numbers: Stack[ColumnKey], runs: Mapping[R, slice]) -> dict[R, int]:
    """The longest number is the least or the greatest."""
    return {key: _most_digits(numbers.values.to_series()[run]) for key, run in runs.items()}


def _most_digits(numbers: pl.Series) -> int:
    return max(len(str(number)) for number in (numbers.min(), numbers.max())) if numbers.count() else 0


def _dates(dates: Stack[ColumnKey], runs: Mapping[R, slice]) -> dict[R, int]:
    """All numbers look alike, but not the texts of early dates."""
    early = are_early(dates.numbers)
    if not early.any():
        return dict.fromkeys(runs, _DATE)
    widths = np.where(early, np.where(dates.numbers % _SECOND == 0, _TEXT, _EXACT), _DATE)
    return {key: int(widths[run].max(initial=_DATE)) for key, run in runs.items()}
