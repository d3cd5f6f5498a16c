"""The children of made hotels: draws → the columns of each child table, row-local."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pipeline.loading.draws import Choice, at, below, mixed, number, one_in, pick, weighted
from pipeline.loading.ordinary import (
    LAID_OUT,
    MANY_CHILDREN_AT,
    NO_CHILDREN_AT,
    digits,
    each_at_first,
    ittid,
    moments,
    place,
    text_or_awkward,
)
from pipeline.loading.places import PLACES
from pipeline.loading.vocabulary import CHAINS, SUPPLIER_WHEEL, SUPPLIERS, WORDS
from pipeline.schema import CHAINS as CHAINS_TABLE
from pipeline.schema import CONTACTS, LOCATIONS, PROVIDER_MAPPINGS, TableSpec

_ALWAYS_SOME = 64
"""The first hotels always have children, as these carry the awkward values."""
_MANY = 300

_CONTACT_TYPES = weighted({"phone": 45, "email": 25, "website": 20, "fax": 10})
_SYSTEM_TYPES = weighted({"a": 12, "b": 5, "c": 3, "d": 2, "e": 2, "f": 1, "g": 1, "h": 1, "i": 1, "j": 1})
_CALLING_CODES = ("+33 ", "+49 30 ", "1-", "+81 (0)3-", "0", "00 44 ", "+7 495 ")
_HEX = [f"{byte:02X}" for byte in range(256)]


@dataclass(frozen=True, kw_only=True)
class Children:
    """One child table: how many rows a hotel has in it, and what is in them."""

    table: TableSpec
    counts: Mapping[int, int]
    """Number of rows → share of the hotels, in percent."""
    at_most: int
    rows: Callable[[pl.DataFrame], pl.DataFrame]


def child_rows(children: Children, hotels: pl.DataFrame, *, hotel_count: int) -> pl.DataFrame:
    """The rows of one child table, but for the id, of these hotels, in shuffled order.

    A hotel whose index is ``hotel_count`` or more is gone: its children are orphans, and there is one at least.
    """
    table = children.table.name
    counted = hotels.with_columns(_count(children, hotel_count).alias("count")).filter(pl.col("count") > 0)
    slots = counted.with_columns(pl.int_ranges(0, "count", dtype=pl.UInt64).alias("slot")).explode("slot")
    key = mixed(pl.col("hotel_key") + (pl.col("slot") + number(1)) * number(_salt(table)))
    return children.rows(slots.with_columns(key.alias("key")).sort("key"))


def _salt(table: str) -> int:
    return 0x9E3779B97F4A7C15 * (2 * sum(table.encode()) + 1)


def _count(children: Children, hotel_count: int) -> pl.Expr:
    index, name = pl.col("index"), f"{children.table.name} count"
    wheel = weighted(children.counts)
    usual = pl.when(index < LAID_OUT).then(at(wheel, index * number(7))).otherwise(pick(wheel, name, "hotel_key"))
    some = (index < _ALWAYS_SOME) | (index >= hotel_count)
    at_least_one = pl.when(some).then(pl.max_horizontal(usual, pl.lit(1))).otherwise(usual)
    many = pl.when(index == MANY_CHILDREN_AT).then(pl.lit(_MANY)).otherwise(at_least_one)
    count = pl.min_horizontal(many, pl.lit(children.at_most))
    return pl.when((index == NO_CHILDREN_AT) & (index < hotel_count)).then(pl.lit(0)).otherwise(count)


def _location_rows(draws: pl.DataFrame) -> pl.DataFrame:
    elsewhere = pl.when(one_in(3, "abroad")).then(below(len(PLACES), "place")).otherwise(pl.col("home") + number(1))
    is_home = pl.col("slot") == 0
    placed = draws.with_columns(place().cast(pl.UInt64).alias("home")).with_columns(
        pl.when(is_home).then(pl.col("home")).otherwise(elsewhere).alias("place")
    )
    city = _of_place([place.city for place in PLACES])
    code = (
        pl.when(one_in(200, "no code"))
        .then(pick(("", "ZZ", None), "code"))
        .otherwise(_of_place([place.country_code for place in PLACES]))
    )
    return placed.select(
        ittid().alias("ittid"),
        text_or_awkward(_unless(one_in(60, "no city"), city), "city", turn=23).alias("city_name"),
        _of_place([place.state for place in PLACES]).alias("state_name"),
        _of_place([place.state_code for place in PLACES]).alias("state_code"),
        _of_place([place.country for place in PLACES]).alias("country_name"),
        code.alias("country_code"),
        _unless(one_in(5, "no master city"), city).alias("master_city_name"),
        _of_place([place.city_code for place in PLACES]).alias("city_code"),
        text_or_awkward(digits(6, "location id"), "location id", values=("", None, "000123")).alias("city_location_id"),
        *moments(),
    )


def _of_place(values: Sequence[Choice]) -> pl.Expr:
    return at(values, pl.col("place"))


def _unless(condition: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(~condition).then(value)


def _contact_rows(draws: pl.DataFrame) -> pl.DataFrame:
    typed = draws.with_columns(pick(_CONTACT_TYPES, "contact type").alias("contact_type"))
    kind = pl.col("contact_type")
    value = pl.when(kind == "email").then(_email()).when(kind == "website").then(_website()).otherwise(_phone())
    return typed.select(
        ittid().alias("ittid"), "contact_type", text_or_awkward(value, "contact", turn=31).alias("value")
    )


def _phone() -> pl.Expr:
    return pl.concat_str(pick(_CALLING_CODES, "calling code"), digits(3, "area"), pl.lit("-"), digits(4, "subscriber"))


def _email() -> pl.Expr:
    return pl.concat_str(pl.lit("desk"), below(500, "desk"), pl.lit("@"), pick(WORDS, "host"), pl.lit(".example"))


def _website() -> pl.Expr:
    return pl.concat_str(
        pl.lit("https://www."), pick(WORDS, "host"), pl.lit(".example/?hotel="), digits(7, "page"), pl.lit("&lang=fr")
    )


def _mapping_rows(draws: pl.DataFrame) -> pl.DataFrame:
    supplier = each_at_first(tuple(SUPPLIERS), pick(SUPPLIER_WHEEL, "supplier"))
    return draws.select(
        ittid().alias("ittid"),
        supplier.alias("provider_name"),
        text_or_awkward(_provider_id(), "provider id", turn=41).alias("provider_id"),
        pick(_SYSTEM_TYPES, "system type").alias("system_type"),
        _shared_code(8, "vervotech").alias("vervotech_id"),
        _shared_code(6, "giata").alias("giata_code"),
        *moments(),
    )


def _provider_id() -> pl.Expr:
    hexadecimal = pl.concat_str(pick(_HEX, f"byte {position}") for position in range(4))
    exponent = pl.concat_str(below(999, "mantissa"), pl.lit("E"), below(30, "exponent"))
    slug = pl.concat_str(pick(WORDS, "host"), pl.lit("/"), below(10**6, "slug"))
    twenty_digits = pl.concat_str(digits(10, "high"), digits(10, "low"))
    rest = digits(7, "plain")
    for chances, other in ((12, hexadecimal), (11, exponent), (10, slug), (9, twenty_digits)):
        rest = pl.when(one_in(chances, f"style {chances}")).then(other).otherwise(rest)
    return rest


def _shared_code(count: int, name: str) -> pl.Expr:
    """A cross-industry code: mostly one for all mappings of a hotel, sometimes another, NULL or empty."""
    other = text_or_awkward(digits(count, f"other {name}"), name, turn=count)
    fate = pick(weighted({"same": 12, "null": 5, "": 1, "other": 3}), f"{name} fate")
    same_or_other = pl.when(fate == "same").then(digits(count, name, "hotel_key")).otherwise(other)
    return pl.when(fate == "").then(pl.lit("")).when(fate != "null").then(same_or_other)


def _chain_rows(draws: pl.DataFrame) -> pl.DataFrame:
    chain = below(len(CHAINS), "chain")
    names = ("chain_name", "chain_code", "brand_name")
    parts = [at(values, chain).alias(name) for name, values in zip(names, zip(*CHAINS, strict=True), strict=True)]
    return draws.select(ittid().alias("ittid"), *parts)


CHILDREN: tuple[Children, ...] = (
    Children(table=LOCATIONS, counts={0: 8, 1: 84, 2: 6, 3: 2}, at_most=3, rows=_location_rows),
    Children(table=CONTACTS, counts={0: 15, 1: 20, 2: 30, 3: 20, 4: 15}, at_most=_MANY, rows=_contact_rows),
    Children(
        table=PROVIDER_MAPPINGS,
        counts={0: 10, 1: 10, 2: 12, 3: 18, 4: 18, 5: 12, 6: 10, 7: 6, 8: 4},
        at_most=_MANY,
        rows=_mapping_rows,
    ),
    Children(table=CHAINS_TABLE, counts={0: 70, 1: 30}, at_most=1, rows=_chain_rows),
)
"""Every child table of a made catalogue."""
