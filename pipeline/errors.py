"""Everything that Bellhop raises, in one tree.

::

    BellhopError
    ├── UsageError (ValueError)              what was asked for cannot be
    │   ├── FilterError                      a filter does not hold to its rules
    │   ├── OptionError                      an option, format or file name does not
    │   └── LoadError                        a file to load has a bad row or column
    ├── SourceError                          the catalogue cannot be read
    │   ├── SourceUnavailable (ConnectionError)   not there, refused, or gone meanwhile
    │   ├── CatalogueMismatch                a table, column or value is not as the contract says
    │   └── IncompleteRead                   fewer or more rows came than were counted
    ├── OutputError (OSError)                the file cannot be written
    ├── TooLarge                             more records than the caller allows
    └── ExecutorUnavailable                  what encodes the chunks is not there, or went away meanwhile

    UnknownSupplierWarning (UserWarning)     a supplier was asked for that the catalogue does not have

Every message says what was wrong, what came, and what would do; the same facts stand as attributes.
Facts are keyword-only and have defaults, so that every error survives pickling on its way from a worker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


def first_line(error: BaseException) -> str:
    """What a foreign library says, without its advice."""
    return str(error).strip().partition("\n")[0]


class BellhopError(Exception):
    """The root of the tree: catch this to catch everything that Bellhop raises on purpose."""


class UsageError(BellhopError, ValueError):
    """What was asked for cannot be done as asked."""


@dataclass(frozen=True, kw_only=True)
class FilterProblem:
    """One field of a request that does not hold to its rule."""

    field: str
    value: object
    wanted: str

    def __str__(self) -> str:
        """Say field, value and what would do, in one clause."""
        return f"{self.field}: {_shown(self.value)} will not do; {self.wanted}"


class FilterError(UsageError):
    """One or more filters do not hold to their rules; ``problems`` names each."""

    def __init__(self, message: str, *, problems: Sequence[FilterProblem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class OptionError(UsageError):
    """An option, a format or a file name does not hold to its rule."""

    def __init__(self, message: str, *, option: str = "", value: object = None) -> None:
        super().__init__(message)
        self.option = option
        self.value = value


class LoadError(UsageError):
    """A file to be loaded has a column or a row that will not do; nothing of it was loaded."""

    def __init__(self, message: str, *, file: str = "", row: int | None = None, column: str = "") -> None:
        super().__init__(message)
        self.file = file
        self.row = row
        self.column = column


class SourceError(BellhopError):
    """The catalogue cannot be read."""


class SourceUnavailable(SourceError, ConnectionError):
    """The catalogue is not there, refuses the login, or went away meanwhile."""


class CatalogueMismatch(SourceError):
    """A table, a column or a value of the catalogue is not as the contract says."""

    def __init__(self, message: str, *, table: str = "", column: str = "", found: str = "", wanted: str = "") -> None:
        super().__init__(message)
        self.table = table
        self.column = column
        self.found = found
        self.wanted = wanted


class IncompleteRead(SourceError):
    """The rows that came are not the rows that were counted in the same snapshot."""

    def __init__(self, message: str, *, table: str = "", counted: int = 0, received: int = 0) -> None:
        super().__init__(message)
        self.table = table
        self.counted = counted
        self.received = received


class OutputError(BellhopError, OSError):
    """The file cannot be written; nothing stands under its name that did not stand there before."""

    def __init__(self, message: str, *, path: Path | None = None) -> None:
        super().__init__(message)
        self.path = path


class TooLarge(BellhopError):
    """The export has more records than the caller allows; nothing was written."""

    def __init__(self, message: str, *, records: int = 0, maximum: int = 0) -> None:
        super().__init__(message)
        self.records = records
        self.maximum = maximum


class ExecutorUnavailable(BellhopError):
    """What encodes the chunks is not there, went away meanwhile, or is not what is here; nothing was written."""


class UnknownSupplierWarning(UserWarning):
    """A supplier was asked for that the catalogue does not have; it matches nothing."""


def _shown(value: object, limit: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}…"
