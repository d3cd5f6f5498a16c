"""When a cell of a file holds what the catalogue does, and what may be lost of it.

Ours: nothing but what spec.md §2 says. Peers: what they, or Excel, cannot hold at all; it is counted and told.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from benchmarks.contenders.nesting import iso
from tests.model import cut, formula_guarded
from tests.readers import decoded

Same = Callable[[object, object], str | None]
"""From what was found and what is wanted: nothing lost (""), what is lost, or None: they differ."""

FIRST_DATE = datetime(1900, 3, 1)  # noqa: DTZ001 - naive UTC throughout
"""Before it Excel and others disagree on the calendar."""
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001
_LAST_YEAR = 9999
"""Its last second, rounded up, is a number that is no date any more."""
_MILLISECOND, _SECOND = 1e-3, 1.0
_FITS = 16_383
"""Characters that are at most 32,767 UTF-16 units, whatever they are."""
_NOT_XML = re.compile(r"_x[0-9A-Fa-f]{4}|[\x00-\x08\x0a-\x1f\x7f-\x9f_\ufffd\ufffe\uffff]")
_TROUBLE = re.compile(r"_x[0-9A-Fa-f]{4}|[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")

EARLY, FRACTIONS, NUMBERS = "dates before March 1900", "fractions of seconds", "dates that are bare numbers"
CUT, CONTROLS, RUN = "texts cut", "control characters", "texts that are run as formulas"
EMPTY = 'NULL and "" alike'


def of_our_csv(found: object, wanted: object) -> str | None:
    """A cell that a spreadsheet would run has its guard, and no other has one."""
    return "" if found == (formula_guarded(wanted) if isinstance(wanted, str) else wanted) else None


def of_csv(found: object, wanted: object) -> str | None:
    """No guard is asked for."""
    if found == wanted:
        return ""
    return EMPTY if not found and not wanted else None


def of_our_sheet(found: object, wanted: object) -> str | None:
    """Texts of at most 32,767 UTF-16 units, longer ones marked; milliseconds; early dates as text."""
    if isinstance(wanted, str):
        whole = wanted if len(wanted) <= _FITS else cut(wanted)
        return "" if (found or None) == (whole or None) else None  # no reader tells an empty text from none
    if isinstance(wanted, datetime):
        if wanted < FIRST_DATE:
            return "" if found == iso(wanted) else None
        return "" if isinstance(found, datetime) and abs(found - wanted) < timedelta(milliseconds=1) else None
    return "" if found == wanted else None


def of_sheet(found: object, wanted: object) -> str | None:
    """Of a peer, what it holds of a cell."""
    if isinstance(wanted, datetime):
        return EARLY if wanted < FIRST_DATE else _of_date(found, wanted)
    if (found or None) == (wanted or None):
        return ""
    return _of_text(found or "", wanted) if isinstance(wanted, str) else None


def _of_date(found: object, wanted: datetime) -> str | None:
    serial = _serial(found)
    if serial is None:
        return None
    seconds = abs(serial - (wanted - _DAY_ZERO) / timedelta(days=1)) * 86_400
    if seconds > _SECOND:
        return None
    if isinstance(found, float) and wanted.year < _LAST_YEAR:
        return NUMBERS
    return "" if seconds <= _MILLISECOND else FRACTIONS


def _serial(found: object) -> float | None:
    """The number of days that a cell stands for."""
    if isinstance(found, datetime):
        return (found - _DAY_ZERO) / timedelta(days=1)
    if isinstance(found, date):
        return float((found - _DAY_ZERO.date()).days)
    return None if found is None or isinstance(found, str | time) else float(str(found))


def _of_text(found: object, wanted: str) -> str | None:
    if not isinstance(found, str):
        return None
    if len(wanted) > _FITS and wanted.startswith(found) and len(found) >= _FITS:
        return CUT
    if wanted.startswith("=") and not found:
        return RUN
    if _TROUBLE.search(wanted) and _plain(found) in {_plain(wanted), _plain(decoded(wanted))}:
        return CONTROLS
    return None


def _plain(text: str) -> str:
    return _NOT_XML.sub("", text)
