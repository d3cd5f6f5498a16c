"""The hotels of a made catalogue: draws → the columns of ``hotels``, row-local."""

from itertools import chain

import polars as pl

from pipeline.loading.awkward import COORDINATES, LONG_LINK, LONG_TEXTS, POSTAL_CODES, RATINGS
from pipeline.loading.draws import at, below, number, one_in, pick, weighted
from pipeline.loading.ordinary import (
    LONG_LINK_AT,
    LONG_TEXTS_FROM,
    digits,
    ittid,
    moments,
    place,
    text_or_awkward,
)
from pipeline.loading.places import PLACES
from pipeline.loading.vocabulary import ENDINGS, SCRIPTS, STREETS

_RATINGS = weighted(
    {"3": 20, "4": 25, "5": 12, "2": 8, "3.5": 6, "4.5": 8, "2.5": 3, "1": 2, "0": 1, "": 4, None: 8}
    | {"3.0": 2, "4.5 stars": 1, " 4 ": 1}
)
_PROPERTY_TYPES = weighted(
    {
        "Hotel": 60,
        "Resort": 8,
        "Villa": 6,
        "Apartment": 10,
        "Hostel": 5,
        "B&B": 4,
        "旅館": 1,
        "hotel": 2,
        "": 2,
        None: 3,
    }
)
_MAP_STATUSES = weighted({"new": 5, "pending": 2, "updated": 8, None: 1})
_CONTENT_STATUSES = weighted({"NewAdd": 4, "Update": 5, "": 1, None: 6})

_SCRIPT_NAMES = list(SCRIPTS)
_SCRIPT_OF_PLACE = [_SCRIPT_NAMES.index(place.script) for place in PLACES]
_HEADS = list(chain.from_iterable(script.heads for script in SCRIPTS.values()))
_TAILS = list(chain.from_iterable(script.tails for script in SCRIPTS.values()))
_BETWEEN = [script.between for script in SCRIPTS.values()]
_WORDS_A_SCRIPT = len(_HEADS) // len(_SCRIPT_NAMES)


def hotel_rows(draws: pl.DataFrame) -> pl.DataFrame:
    """The columns of ``hotels`` but the id, a row for each row of draws, in their order."""
    placed = draws.with_columns(place().alias("place")).with_columns(
        at(_SCRIPT_OF_PLACE, pl.col("place")).cast(pl.UInt64).alias("script")
    )
    return placed.select(
        ittid().alias("ittid"),
        text_or_awkward(_name(), "name").alias("name"),
        text_or_awkward(_degrees(70, "latitude"), "latitude", values=COORDINATES).alias("latitude"),
        text_or_awkward(_degrees(180, "longitude"), "longitude", turn=4, values=COORDINATES).alias("longitude"),
        text_or_awkward(_street(), "street", turn=7).alias("address_line1"),
        _second_line().alias("address_line2"),
        text_or_awkward(digits(5, "postal code"), "postal code", turn=2, values=POSTAL_CODES).alias("postal_code"),
        text_or_awkward(pick(_RATINGS, "rating"), "rating", values=RATINGS).alias("rating"),
        pick(_PROPERTY_TYPES, "property type").alias("property_type"),
        _photo().alias("primary_photo"),
        pick(_MAP_STATUSES, "map status").alias("map_status"),
        pick(_CONTENT_STATUSES, "content status").alias("content_update_status"),
        *moments(),
    )


def _name() -> pl.Expr:
    between = at(_BETWEEN, pl.col("script"))
    city = at([place.city for place in PLACES], pl.col("place"))
    return pl.concat_str(_word(_HEADS, "head"), between, city, between, _word(_TAILS, "tail"), pick(ENDINGS, "ending"))


def _word(words: list[str], name: str) -> pl.Expr:
    return at(words, pl.col("script") * number(_WORDS_A_SCRIPT) + below(_WORDS_A_SCRIPT, name))


def _degrees(limit: int, name: str) -> pl.Expr:
    sign = pl.when(one_in(4, f"{name} sign")).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str(sign, below(limit, name), pl.lit("."), digits(6, f"{name} fraction"))


def _street() -> pl.Expr:
    return pl.concat_str(below(3000, "house"), pl.lit(" "), pick(STREETS, "street"))


def _second_line() -> pl.Expr:
    offset = pl.col("index") - number(LONG_TEXTS_FROM)  # wraps round below, which is no less outside
    usual = pick(weighted({None: 14, "": 3, "Floor 2": 1, "Bâtiment B": 1, "P.O. Box 7": 1}), "second line")
    awkward = text_or_awkward(usual, "second line", turn=13)
    return pl.when(offset < len(LONG_TEXTS)).then(at(LONG_TEXTS, offset)).otherwise(awkward)


def _photo() -> pl.Expr:
    url = pl.concat_str(pl.lit("https://img.example.com/"), digits(9, "photo"), pl.lit("_z.jpg?w=640&h=480"))
    usual = pl.when(~one_in(10, "photo null")).then(url)
    return pl.when(pl.col("index") == LONG_LINK_AT).then(pl.lit(LONG_LINK)).otherwise(usual)
