"""Which texts need work, seen at their bytes: a pass over all of them, where a pattern would be begun anew for each.

What is found is a superset: whoever does the work looks again, at the few. UTF-8's bytes from 0x80 on are only ever
parts of characters beyond ASCII, so an ASCII sign is never found within one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.stack import Mask, Positions, Stack

_BYTES_AT_ONCE = 1 << 19
"""Bytes that are compared at once: a position is eight times as large as the byte that it is of."""


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What a text has in it, begins with or ends on, that may need work."""

    below: int = 0
    """Every byte below this."""
    anywhere: bytes = b""
    """Bytes of these."""
    pairs: tuple[bytes, ...] = ()
    """Two bytes, one after the other."""
    first: bytes = b""
    """Bytes of these, where a text begins with one."""
    last: bytes = b""
    """Bytes of these, where a text ends on one."""
    empty: bool = False
    """Whether a text of nothing is found."""

    def found(self, texts: Stack[Any]) -> Positions:
        """Where texts stand that have any of the signs; a NULL is none."""
        data, bounds = texts.plain
        found = bounds[1:] == bounds[:-1] if self.empty else np.full(len(bounds) - 1, fill_value=False)
        if len(data):
            # An empty text is looked at by the bytes beside it: it may be found, but hides none that is to be.
            found |= _any_of(self.first, data.take(bounds[:-1], mode="clip"))
            found |= _any_of(self.last, data.take(bounds[1:] - 1, mode="clip"))
        for start in range(0, len(data), _BYTES_AT_ONCE):
            at = start + np.flatnonzero(self._within(data[start : start + _BYTES_AT_ONCE + 1]))
            # Of texts that begin at one place all but the last are empty.
            found[np.searchsorted(bounds, at, side="right") - 1] = True
        return np.flatnonzero(found & ~texts.nulls)

    def _within(self, data: npt.NDArray[np.uint8]) -> Mask:
        """Which bytes are signs wherever they stand; pairs at their first byte."""
        within = (data < self.below) | _any_of(self.anywhere, data)
        for first, second in self.pairs:
            within[:-1] |= (data[:-1] == first) & (data[1:] == second)
        return within


def _any_of(signs: bytes, data: npt.NDArray[np.uint8]) -> Mask:
    """Which bytes are one of some."""
    found = np.full(len(data), fill_value=False)
    for sign in signs:
        found |= data == sign
    return found
