"""Which suppliers an export is about: resolved once, against the names in the snapshot."""

import difflib
import inspect
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import UnknownSupplierWarning


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Everything, or some suppliers by their exact names."""

    suppliers: tuple[str, ...] | None = None
    """None is everything; an empty tuple matches nothing."""
    unknown: tuple[str, ...] = ()
    """Names asked for that the snapshot does not have."""


EVERYTHING = Scope()


def resolved(asked: Sequence[str], known: Sequence[str]) -> Scope:
    """The suppliers whose names are alike but for case (Unicode casefold, so ``STRASSE`` is ``straße``).

    A name that matches nothing is a warning, with the nearest one that would.

    Args:
        asked: Names as a user wrote them.
        known: The distinct names in the snapshot.

    """
    by_fold: dict[str, list[str]] = {}
    for name in known:
        by_fold.setdefault(name.casefold(), []).append(name)
    names = {name for one in asked for name in by_fold.get(one.casefold(), ())}
    unknown = tuple(dict.fromkeys(one for one in asked if one.casefold() not in by_fold))
    for one in unknown:
        near = difflib.get_close_matches(one, known, n=1)
        hint = f"; the nearest is {near[0]!r}" if near else ""
        message = f"the catalogue has no supplier {one!r}: it matches nothing{hint}"
        warnings.warn(message, UnknownSupplierWarning, stacklevel=_callers_level())
    return Scope(suppliers=tuple(sorted(names)), unknown=unknown)


def _callers_level() -> int:
    """How far up the stack the caller of the library stands: the warning is about a line of theirs."""
    for level, frame in enumerate(inspect.stack(context=0)):
        module = frame.frame.f_globals.get("__name__", "")
        if module != "contextlib" and module.partition(".")[0] != "pipeline":
            return level
    return 1
