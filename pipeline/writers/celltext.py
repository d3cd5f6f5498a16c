"""Text as it stands in a cell: what XML cannot hold is escaped, what is too long is cut.

What XML cannot hold is written ``_xHHHH_`` (ECMA-376 part 1, 22.9.2.19), and what looks like that is escaped itself.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl

from pipeline.stack import Mask
from pipeline.writers.signs import Signs

MAX_UNITS = 32_767
"""UTF-16 units in a cell (Excel specifications and limits)."""
CUT_MARK = "… [cut]"

_LOOKS_ESCAPED = r"_x([0-9A-Fa-f]{4})"
_NOT_XML = [chr(code) for code in (*range(0x09), 0x0B, 0x0C, *range(0x0D, 0x20), 0xFFFE, 0xFFFF)]
_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {char: f"_x{ord(char):04X}_" for char in _NOT_XML}
_LIKE_REFERENCE = {'r="': "r=&quot;", "r='": "r=&apos;"}
"""SheetJS takes the first of these behind a cell without a reference for one, even in the cell's text."""
_ESCAPES = {False: _REFERENCES, True: _REFERENCES | _LIKE_REFERENCE}
"""What is escaped, by whether rows are compact."""
_SPACE = " \t\n\r"
"""What readers leave out at the ends of a text, unless it is said to be kept."""
_SIGNS = Signs(below=0x20, anywhere=b"&<>\xef", pairs=(b"_x",), first=b" ", last=b" ")
TO_MEND = {False: _SIGNS, True: replace(_SIGNS, pairs=(b"_x", b"r="))}
"""Of texts that are escaped, or keep their outer spaces, by whether rows are compact.

0xEF begins U+FFFE and U+FFFF; what of _SPACE is no blank is below 0x20.
"""

_HAS_OUTER = (pl.first().str.strip_chars(_SPACE) != pl.first()).alias("outer")
_ANY_MAY_LOOK_ESCAPED = pl.first().str.contains("_x", literal=True).any()


def mended(texts: pl.DataFrame, *, compact: bool) -> pl.DataFrame:
    """Texts, in one column, as they stand between their tags (``escaped``), and which have outer spaces (``outer``)."""
    some = texts.select_seq(_ANY_MAY_LOOK_ESCAPED).item()  # few do, and the pattern costs as much as all the rest
    return texts.select_seq(_escaped(compact, some), _HAS_OUTER)


@cache
def _escaped(compact: bool, some_look_escaped: bool) -> pl.Expr:  # noqa: FBT001 - keys of the cache
    text = pl.first()
    if some_look_escaped:
        # Every _xHHHH is escaped, with or without the closing underscore: that one can open the next.
        text = text.str.replace_all(_LOOKS_ESCAPED, "_x005F_x$1")
    return text.str.replace_many(_ESCAPES[compact]).alias("escaped")


def cut_texts(texts: pl.DataFrame) -> tuple[pl.DataFrame, Mask]:
    """Texts as long as cells can hold, and which had to be cut for that."""
    whole = texts.to_series().to_list()
    cut = [cut_text(text) for text in whole]
    is_cut = np.array([before is not after for before, after in zip(whole, cut, strict=True)], bool)
    return pl.Series(cut, dtype=pl.String).to_frame(), is_cut


def cut_text(text: str) -> str:
    """A text as long as a cell can hold: whole, or its beginning and a mark; never half a surrogate pair."""
    if _units(text) <= MAX_UNITS:
        return text
    kept = text.encode("utf-16-le")[: 2 * (MAX_UNITS - _units(CUT_MARK))]
    return kept.decode("utf-16-le", errors="ignore") + CUT_MARK


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
