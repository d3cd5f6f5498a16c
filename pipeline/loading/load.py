"""Loading files into a catalogue: all of them, or nothing and the row that will not do."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

import polars as pl

from pipeline.errors import LoadError
from pipeline.loading.base import Store
from pipeline.loading.checks import checked_hotels, checked_mappings
from pipeline.loading.columns import (
    DEFAULTS,
    HOTELS_FILE,
    LOCATION_COLUMNS,
    MAPPINGS_FILE,
    ArrangedFile,
    arrange,
    check_renames,
)
from pipeline.loading.flat_files import read_flat_file
from pipeline.loading.store import open_store
from pipeline.schema import (
    CATALOGUE,
    CONTACT_TYPES,
    CONTACTS,
    HOTELS,
    LOCATIONS,
    PROVIDER_MAPPINGS,
    SUPPLIER_SUMMARY,
    TableSpec,
)

_NO_RENAMES: Mapping[str, str] = MappingProxyType({})
_LOCATION_NAMES = tuple(column.name for column in LOCATION_COLUMNS)


@dataclass(frozen=True, kw_only=True)
class LoadReport:
    """What a load did."""

    rows: Mapping[str, int]
    """Table → rows written; of supplier_summary, all its rows."""
    replaced: int
    """Hotels that the catalogue had before."""
    orphans: int
    """Mappings loaded whose hotel is not in the catalogue; no export shows them."""
    left_out: Mapping[str, tuple[str, ...]]
    """File → its columns that the catalogue does not know."""
    missing: Mapping[str, tuple[str, ...]]
    """File → the columns that it could have had; they are NULL, or the contract's default."""


def load_catalogue(  # noqa: PLR0913 - one for each flag of the command
    url: str,
    *,
    hotels: Path,
    mappings: Path | None = None,
    rename: Mapping[str, str] = _NO_RENAMES,
    replace: bool = False,
    now: dt.datetime,
) -> LoadReport:
    """Load a flat hotels file, and a mappings file, into a catalogue; tables that are missing are made.

    Location columns (city_name, country_code, …) and contact columns (phone, email, website, fax) of the hotels file
    go to their tables, where there is anything in them. ``rename`` is the file's name → the catalogue's, for both.
    ``replace`` takes the place of what the catalogue has of the files' hotels, in the tables that the files speak of:
    so a load twice is a load once, and without a mappings file the mappings stay. Files are read whole into memory.

    Raises:
        LoadError: a file, a column or a row will not do, or a hotel is there already; nothing was loaded.
        OptionError, OutputError, SourceUnavailable, CatalogueMismatch: the catalogue cannot be written.
    """
    hotels_file, mappings_file = _read(hotels, mappings, rename)
    with open_store(url) as store:
        store.create_tables()
        replaced = _make_room(store, hotels_file, mappings_file, replace=replace)
        rows = {table.name: 0 for table in CATALOGUE}
        rows |= {table.name: store.append(table, frame) for table, frame in _tables(hotels_file, mappings_file)}
        orphans = _orphans(store, mappings_file)
        rows[SUPPLIER_SUMMARY.name] = store.write_summary(now)
        store.settle_all()
    files = [hotels_file, *([mappings_file] if mappings_file else [])]
    return LoadReport(
        rows=rows,
        replaced=replaced,
        orphans=orphans,
        left_out={str(file.path): file.left_out for file in files},
        missing={str(file.path): file.missing for file in files},
    )


def _read(hotels: Path, mappings: Path | None, rename: Mapping[str, str]) -> tuple[ArrangedFile, ArrangedFile | None]:
    hotels_read = read_flat_file(hotels)
    mappings_read = None if mappings is None else read_flat_file(mappings)
    check_renames(rename, [hotels_read, *([mappings_read] if mappings_read else [])])
    hotels_file = checked_hotels(arrange(hotels_read, HOTELS_FILE, rename))
    if mappings_read is None:
        return hotels_file, None
    return hotels_file, checked_mappings(arrange(mappings_read, MAPPINGS_FILE, rename))


def _make_room(store: Store, hotels: ArrangedFile, mappings: ArrangedFile | None, *, replace: bool) -> int:
    """Delete what the files replace; how many hotels the catalogue had of them."""
    ittids = hotels.frame["ittid"]
    store.announce(ittids)
    taken = store.taken()
    if taken and not replace:
        _refuse(hotels, taken)
    if replace:
        for table in _spoken_of(hotels):
            store.forget(table)
        if mappings:
            store.announce(pl.concat([ittids, mappings.frame["ittid"]]))
            store.forget(PROVIDER_MAPPINGS)
    return len(taken)


def _refuse(hotels: ArrangedFile, taken: set[str]) -> NoReturn:
    ittids = hotels.frame["ittid"]
    row = int(ittids.is_in(list(taken)).arg_true()[0]) + 1
    where, what = f"{hotels.path}, row {row}", f"ittid {ittids[row - 1]!r} is in the catalogue already"
    raise LoadError(f"{where}: {what}; replace it, or leave it out", file=str(hotels.path), row=row, column="ittid")


def _spoken_of(hotels: ArrangedFile) -> list[TableSpec]:
    columns = {LOCATIONS: _LOCATION_NAMES, CONTACTS: CONTACT_TYPES}
    return [HOTELS, *(table for table, names in columns.items() if hotels.given.intersection(names))]


def _tables(hotels: ArrangedFile, mappings: ArrangedFile | None) -> list[tuple[TableSpec, pl.DataFrame]]:
    """The rows of each table, but for their ids, in the order of the files."""
    tables = [
        (HOTELS, _hotel_rows(hotels.frame)),
        (LOCATIONS, _location_rows(hotels.frame)),
        (CONTACTS, _contact_rows(hotels.frame)),
    ]
    return tables if mappings is None else [*tables, (PROVIDER_MAPPINGS, _mapping_rows(mappings.frame))]


def _hotel_rows(frame: pl.DataFrame) -> pl.DataFrame:
    names = [name for name in HOTELS.names if name != "id"]
    status = pl.col("map_status")
    return frame.select(names).with_columns(pl.when(status != "").then(status))


def _location_rows(frame: pl.DataFrame) -> pl.DataFrame:
    has_any = pl.any_horizontal((pl.col(name) != "").fill_null(value=False) for name in _LOCATION_NAMES)
    return frame.select("ittid", *_LOCATION_NAMES).filter(has_any)


def _contact_rows(frame: pl.DataFrame) -> pl.DataFrame:
    cells = frame.with_row_index("row").unpivot(
        CONTACT_TYPES, index=["row", "ittid"], variable_name="contact_type", value_name="value"
    )
    return cells.filter(pl.col("value") != "").sort("row", maintain_order=True).drop("row")


def _mapping_rows(frame: pl.DataFrame) -> pl.DataFrame:
    given = pl.col("system_type").replace("", None)
    return frame.with_columns(given.fill_null(DEFAULTS["system_type"]))


def _orphans(store: Store, mappings: ArrangedFile | None) -> int:
    if mappings is None:
        return 0
    ittids = mappings.frame["ittid"]
    store.announce(ittids)
    return int(ittids.is_in(list(store.absent())).sum())
