"""What the columns of made rows have in common: awkward values now and then, moments, and a hotel's place.

Besides ``index`` and ``key`` a frame of draws has ``slot``, the number of a row among those of its hotel, and
``hotel_key``, the hotel's own 64 bits, so that a hotel and its children agree on what they share.
"""

import datetime as dt
from collections.abc import Sequence

import polars as pl

from pipeline.loading.awkward import ITTIDS, MOMENTS, TEXTS
from pipeline.loading.draws import Choice, at, below, number, one_in, pick
from pipeline.loading.places import PLACES

LONG_TEXTS_FROM = 64
"""The hotels from here on hold the texts that are longer than an Excel cell."""
LONG_LINK_AT = 68
MANY_CHILDREN_AT = 69
"""The hotel that has hundreds of contacts and mappings."""
NO_CHILDREN_AT = 99
"""A hotel that has no children at all."""

LAID_OUT = 100
"""The hotels up to here differ as far as they can, whatever the seed; the later ones are drawn."""
_PLACE_STEP = 14

_SECOND = 1_000_000
_FROM_SECONDS = int(dt.datetime(2015, 1, 1, tzinfo=dt.UTC).timestamp())
_CREATED_WITHIN_SECONDS = 9 * 365 * 24 * 3600
_UPDATED_WITHIN_SECONDS = 500 * 24 * 3600

_PLACE_WHEEL = [position for position, place in enumerate(PLACES) for _ in range(place.weight)]


def text_or_awkward(otherwise: pl.Expr, name: str, *, turn: int = 0, values: Sequence[Choice] = TEXTS) -> pl.Expr:
    """The awkward values for the first hotels, one each; later seldom; else what is ordinary.

    ``turn`` keeps the columns of one hotel from all having the same awkward value.
    """
    seldom = pl.when(one_in(400, f"{name} awkward")).then(pick(values, f"{name} which")).otherwise(otherwise)
    return each_at_first(values, seldom, turn=turn)


def each_at_first(values: Sequence[Choice], otherwise: pl.Expr, *, turn: int = 0) -> pl.Expr:
    """The values for the first hotels, one each; then what is ordinary."""
    is_first = (pl.col("index") < len(values)) & (pl.col("slot") == 0)
    return pl.when(is_first).then(at(values, pl.col("index") + number(turn))).otherwise(otherwise)


def ittid() -> pl.Expr:
    """The ittid of the hotel."""
    counted = (pl.col("index") + number(10_000_000)).cast(pl.String)
    return pl.when(pl.col("index") < len(ITTIDS)).then(at(ITTIDS, pl.col("index"))).otherwise(counted)


def place() -> pl.Expr:
    """Where in PLACES the hotel is; the first hotels are all over the world."""
    all_over = (pl.col("index") * number(_PLACE_STEP) % number(len(PLACES))).cast(pl.Int64)
    return pl.when(pl.col("index") < LAID_OUT).then(all_over).otherwise(pick(_PLACE_WHEEL, "place", "hotel_key"))


def moments() -> tuple[pl.Expr, pl.Expr]:
    """created_at and updated_at: between 2015 and mid-2025, some to the microsecond, some NULL, the first awkward."""
    created = below(_CREATED_WITHIN_SECONDS, "created") + number(_FROM_SECONDS)
    updated = created + below(_UPDATED_WITHIN_SECONDS, "updated")
    return (
        _moment(created, "created", turn=0, null_in=50).alias("created_at"),
        _moment(updated, "updated", turn=3, null_in=25).alias("updated_at"),
    )


def _moment(seconds: pl.Expr, name: str, *, turn: int, null_in: int) -> pl.Expr:
    micros = pl.when(one_in(3, f"{name} fine")).then(below(_SECOND, f"{name} micros")).otherwise(number(0))
    moment = (seconds * number(_SECOND) + micros).cast(pl.Int64).cast(pl.Datetime("us"))
    is_first = (pl.col("index") < len(MOMENTS)) & (pl.col("slot") == 0)
    awkward = pl.lit(pl.Series(MOMENTS)).gather((pl.col("index") + number(turn)) % number(len(MOMENTS)))
    return pl.when(is_first).then(awkward).when(~one_in(null_in, f"{name} null")).then(moment)


def digits(count: int, name: str, key: str = "key") -> pl.Expr:
    """So many random digits, leading zeros and all."""
    return below(10**count, name, key).cast(pl.String).str.pad_start(count, "0")
