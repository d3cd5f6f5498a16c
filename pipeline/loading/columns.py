"""From a file's columns to the catalogue's: renamed, left out, missing, and each as text or as a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from pipeline.errors import LoadError
from pipeline.loading.flat_files import FlatFile
from pipeline.loading.moments import from_text
from pipeline.schema import CONTACT_TYPES, HOTELS, LOCATIONS, PROVIDER_MAPPINGS, Column, Kind

LOCATION_COLUMNS = tuple(
    column for column in LOCATIONS.columns if column.name not in {"id", "ittid", "created_at", "updated_at"}
)
"""What a hotels file may say of the hotel's one location; the moments in it are the hotel's."""

HOTELS_FILE: tuple[Column, ...] = (
    *(column for column in HOTELS.columns if column.name != "id"),
    *LOCATION_COLUMNS,
    *(Column(name=name) for name in CONTACT_TYPES),
)
"""The columns that a hotels file may have."""

MAPPINGS_FILE: tuple[Column, ...] = tuple(column for column in PROVIDER_MAPPINGS.columns if column.name != "id")
"""The columns that a mappings file may have."""

DEFAULTS: Mapping[str, str] = {"system_type": "a"}
"""What stands where a file says nothing and the contract wants something."""

_NUMBERS_AS_TYPED = {"latitude", "longitude", "rating"}


@dataclass(frozen=True, kw_only=True)
class ArrangedFile:
    """A file whose columns are the catalogue's."""

    path: Path
    frame: pl.DataFrame
    """Every column that such a file may have, as text or as naive UTC moments, NULL where the file has none."""
    given: frozenset[str]
    """The columns that the file has."""
    left_out: tuple[str, ...]
    """The file's own columns that the catalogue does not know."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The columns that the file could have and has not."""
        return tuple(name for name in self.frame.columns if name not in self.given)


def check_renames(rename: Mapping[str, str], files: Sequence[FlatFile]) -> None:
    """Check that each old name is a column of a file, and each new one a column of the catalogue.

    Raises:
        LoadError: one is not; it names the nearest.
    """
    there = list(dict.fromkeys(name for file in files for name in file.frame.columns))
    known = list(dict.fromkeys(column.name for column in (*HOTELS_FILE, *MAPPINGS_FILE)))
    for old, new in rename.items():
        if old not in there:
            raise LoadError(f"rename {old}={new}: no file has a column {old!r}{_nearest(old, there)}", column=old)
        if new not in known:
            raise LoadError(
                f"rename {old}={new}: the catalogue has no column {new!r} to load{_nearest(new, known)}", column=new
            )


def arrange(file: FlatFile, columns: Sequence[Column], rename: Mapping[str, str]) -> ArrangedFile:
    """Bring a file's columns to the catalogue's names and types.

    Raises:
        LoadError: a column that must be there is not, two would have one name, or one is of a type that loses text.
    """
    origin = _origins(file, {column.name for column in columns}, rename)
    for column in columns:
        if not column.nullable and column.name not in origin and column.name not in DEFAULTS:
            raise LoadError(
                f"{file.path} has no column {column.name}{_nearest(column.name, file.frame.columns)}; rename it",
                file=str(file.path),
                column=column.name,
            )
    return ArrangedFile(
        path=file.path,
        frame=file.frame.select(_arranged(file, column, origin.get(column.name)) for column in columns),
        given=frozenset(origin),
        left_out=tuple(name for name in file.frame.columns if name not in origin.values()),
    )


def as_moments(frame: pl.DataFrame, columns: Sequence[Column]) -> pl.DataFrame:
    """Turn the moments that are still text into moments; what is none becomes NULL."""
    texts = [
        column.name for column in columns if column.kind is Kind.TIMESTAMP and frame.schema[column.name] == pl.String
    ]
    return frame.with_columns(from_text(frame[name]) for name in texts)


def _origins(file: FlatFile, known: set[str], rename: Mapping[str, str]) -> dict[str, str]:
    """The catalogue's name → the file's own, of the columns that the catalogue knows."""
    origin: dict[str, str] = {}
    for own in file.frame.columns:
        name = rename.get(own, own)
        if name in origin:
            raise LoadError(
                f"{file.path}: both {origin[name]!r} and {own!r} would be {name}; rename one of them only",
                file=str(file.path),
                column=own,
            )
        if name in known:
            origin[name] = own
    return origin


def _arranged(file: FlatFile, column: Column, own: str | None) -> pl.Expr:
    if own is None:
        return pl.lit(DEFAULTS.get(column.name), dtype=pl.String()).alias(column.name)
    dtype = file.frame.schema[own]
    found = _as_moment(own, dtype) if column.kind is Kind.TIMESTAMP else _as_text(column.name, own, dtype)
    if found is None:
        raise LoadError(f"{file.path}: column {own!r} is {dtype}; {_wanted(column)}", file=str(file.path), column=own)
    return found.alias(column.name)


def _as_moment(own: str, dtype: pl.DataType) -> pl.Expr | None:
    """A moment, or the text of one still; None when it is neither."""
    if isinstance(dtype, pl.Datetime):
        utc = pl.col(own) if dtype.time_zone is None else pl.col(own).dt.convert_time_zone("UTC")
        return utc.dt.replace_time_zone(None).cast(pl.Datetime("us"))
    if dtype == pl.Date:
        return pl.col(own).cast(pl.Datetime("us"))
    return pl.col(own).cast(pl.String) if dtype in {pl.String(), pl.Null()} else None


def _as_text(name: str, own: str, dtype: pl.DataType) -> pl.Expr | None:
    """Text; None when the type is one that has lost it, as a float has: an id would be 1.0."""
    is_text = dtype in {pl.String(), pl.Null()} or isinstance(dtype, pl.Categorical | pl.Enum)
    is_number = dtype.is_integer() or (dtype.is_numeric() and name in _NUMBERS_AS_TYPED)
    return pl.col(own).cast(pl.String) if is_text or is_number else None


def _wanted(column: Column) -> str:
    return "a date, a timestamp or text is wanted" if column.kind is Kind.TIMESTAMP else "text is wanted"


def _nearest(name: str, candidates: Sequence[str]) -> str:
    close = get_close_matches(name, candidates, n=1, cutoff=0.6)
    return f"; the nearest is {close[0]!r}" if close else f"; there are {', '.join(candidates)}"
