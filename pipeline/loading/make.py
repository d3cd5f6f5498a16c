"""Making a catalogue to try things on: realistic, full of what breaks exports, the same for the same seed."""

import datetime as dt
from collections.abc import Iterator

import polars as pl

from pipeline.errors import OptionError
from pipeline.loading.base import Store
from pipeline.loading.child_rows import CHILDREN, child_rows
from pipeline.loading.draws import keyed, number, shuffled
from pipeline.loading.hotel_rows import hotel_rows
from pipeline.loading.store import open_store
from pipeline.schema import CATALOGUE, HOTELS, SUPPLIER_SUMMARY, TableSpec

_BATCH_BITS = 16
"""Two to this power positions make one batch; of these, half to all are hotels."""
_ORPHAN_SHARE = 200
"""One hotel that is gone, whose children are still there, for so many that are."""
_LEAST_ORPHANS = 3


def make_catalogue(url: str, *, hotels: int, seed: int = 0, now: dt.datetime) -> dict[str, int]:
    """Fill an empty catalogue with made hotels and their children; the rows by table.

    All rows follow from ``hotels`` and ``seed``, whatever the database; ``now`` is only summary_generated_at. Hotels
    are stored in shuffled order. Memory is bounded by a batch of about 50,000 hotels. A missing file appears when
    all is in it, and a failure leaves nothing behind.

    Raises:
        OptionError: ``hotels`` is negative, or the catalogue has rows already.
        OutputError, SourceUnavailable, CatalogueMismatch: the catalogue cannot be written.
    """
    if hotels < 0:
        raise OptionError(
            f"a catalogue of {hotels} hotels cannot be; 0 or more would do", option="hotels", value=hotels
        )
    rows = {table.name: 0 for table in CATALOGUE}
    with open_store(url) as store:
        store.create_tables()
        _must_be_empty(store)
        for table, frame in catalogue_batches(hotels, seed=seed):
            rows[table.name] += store.append(table, frame)
        rows[SUPPLIER_SUMMARY.name] = store.write_summary(now)
        store.settle_all()
    return rows


def catalogue_batches(hotels: int, *, seed: int = 0) -> Iterator[tuple[TableSpec, pl.DataFrame]]:
    """The rows of a made catalogue but for their ids and supplier_summary, table by table, in the order of storage.

    A row depends on its hotel's index and the seed alone, never on the batch that it comes in.
    """
    for batch in _draws(hotels, seed, HOTELS.name):
        yield HOTELS, hotel_rows(batch)
    gone = max(_LEAST_ORPHANS, hotels // _ORPHAN_SHARE) if hotels else 0
    for children in CHILDREN:
        for batch in _draws(hotels + gone, seed, children.table.name):
            yield children.table, child_rows(children, batch, hotel_count=hotels)


def _draws(count: int, seed: int, order: str) -> Iterator[pl.DataFrame]:
    """The hotels up to a count, each once, in an order of that name's own, with their draws."""
    bits = max(1, (count - 1).bit_length())
    step = 2**_BATCH_BITS
    for start in range(0, 2**bits, step):
        positions = pl.select(position=pl.int_range(start, min(start + step, 2**bits), dtype=pl.UInt64))
        indexes = positions.select(index=shuffled(pl.col("position"), bits, seed, order)).filter(
            pl.col("index") < count
        )
        yield indexes.with_columns(key=keyed(seed, pl.col("index")), slot=number(0)).with_columns(hotel_key="key")


def _must_be_empty(store: Store) -> None:
    for table in CATALOGUE:
        rows = store.count(table)
        if rows:
            raise OptionError(
                f"{store.label} has {rows} {table.name} already; an empty or a new catalogue would do", option="url"
            )
