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


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """The suppliers that a caller may see, by casefolded names: these, or all; minus some."""

    only: frozenset[str] | None = None
    """None is all; an empty set is none."""
    without: frozenset[str] = frozenset()
    is_warned: bool = False
    """Whether a name that matches nothing is warned of; whoever restricts a caller tells them in a way of their own."""

    @property
    def is_everything(self) -> bool:
        """Whether nothing is kept from the caller."""
        return self.only is None and not self.without

    def sees(self, name: str) -> bool:
        """Whether a supplier may be seen."""
        fold = name.casefold()
        return fold not in self.without and (self.only is None or fold in self.only)


ALL_SUPPLIERS = Allowed(is_warned=True)


def resolved(allowed: Allowed, asked: Sequence[str] | None, known: Sequence[str]) -> Scope:
    """What a caller gets of what they asked for: names they may not see are as if they were not there.

    Args:
        allowed: What they may see, and whether they are warned of names that match nothing.
        asked: Names as they wrote them; None is all that they may see.
        known: The distinct names in the snapshot.

    """
    visible = [name for name in known if allowed.sees(name)]
    scope = Scope(suppliers=tuple(sorted(visible))) if asked is None else matched(asked, visible)
    if allowed.is_warned:
        _warn(scope.unknown, visible)
    return scope


def matched(asked: Sequence[str], known: Sequence[str]) -> Scope:
    """The suppliers whose names are alike but for case (Unicode casefold, so ``STRASSE`` is ``straße``).

    Args:
        asked: Names as a user wrote them.
        known: The distinct names in the snapshot.

    """
    by_fold: dict[str, list[str]] = {}
    for name in known:
        by_fold.setdefault(name.casefold(), []).append(name)
    names = {name for one in asked for name in by_fold.get(one.casefold(), ())}
    unknown = tuple(dict.fromkeys(one for one in asked if one.casefold() not in by_fold))
    return Scope(suppliers=tuple(sorted(names)), unknown=unknown)


def _warn(unknown: Sequence[str], known: Sequence[str]) -> None:
    """Warn of each name that matches nothing, with the nearest one that would."""
    for one in unknown:
        near = difflib.get_close_matches(one, known, n=1)
        hint = f"; the nearest is {near[0]!r}" if near else ""
        message = f"the catalogue has no supplier {one!r}: it matches nothing{hint}"
        warnings.warn(message, UnknownSupplierWarning, stacklevel=_callers_level())


def _callers_level() -> int:
    """How far up the stack the caller of the library stands: the warning is about a line of theirs."""
    for level, frame in enumerate(inspect.stack(context=0)):
        module = frame.frame.f_globals.get("__name__", "")
        if module != "contextlib" and module.partition(".")[0] != "pipeline":
            return level
    return 1
