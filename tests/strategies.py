"""Small nasty catalogues, and filters that fit them, for Hypothesis.

Text never holds a lone surrogate; it holds NUL only when asked, as PostgreSQL and filters cannot.
"""

import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from hypothesis import strategies as st

from tests.model.catalogue import Catalogue, Row
from tests.model.matching import MAIN_TABLE, earliest, latest, matching_rows, order_values, rating_number

# ruff: noqa: RUF001 - fullwidth signs and digits are what the texts are about

Draw: TypeAlias = st.DrawFn
T = TypeVar("T")

ITTIDS = (
    "9",
    "10",
    "00123",
    "1E5",
    "12345678901234567890",
    "A-1",
    "a-1",
    "a-1 ",
    "é-1",
    "e\u0301-1",
    "ß",
    "SS",
    "\ue000-1",
    "🏨-1",
    "=1+1",
    "-7",
    "'x",
    "x; y",
    'q"u,o;t\te',
    "l\nf",
    "_x0041_",
    "%",
    "_",
    "",
)
"""Equal but for case, accents, end spaces or normal form; in another order by code point than by UTF-16 or number."""

SUPPLIERS = (
    "agoda",
    "Agoda",
    "AGODA",
    "ean",
    "Paximum",
    "hotelbeds",
    "straße",
    "STRASSE",
    "ﬁt",
    "FIT",
    "İstanbul",
    "=cmd",
    "a; b",
    "x_y",
    "xzy",
    "ean ",
    "' OR '1'='1",
    "back\\slash",
)

TEXTS = (
    "",
    " ",
    "plain",
    "  outer spaces  ",
    "tab\there",
    "\ttab first",
    "line\nfeed",
    "\nfeed first",
    "carriage\rreturn",
    "crlf\r\n",
    "\rreturn first",
    "v\x0bt \x01\x1f",
    "del\x7f nel\x85 ls\u2028",
    "no char \ufffe\uffff",
    "late \ufeff mark",
    "_x0041_",
    "_x000D_",
    "_x005F_x0041_",
    "_x000d_ _xFFFE_ __x0041_",
    "🏨🏨",
    "e\u0301é",
    "東京, 日本",
    "مرحبا \u200f",
    'say "hi"',
    '"',
    "a,b;c|d",
    "x; y",
    "; ",
    "=1+1",
    "'=1+1",
    "''=1+1",
    "'",
    "' OR '1'='1",
    "@SUM(A1)",
    "-7",
    "-7\n",
    "+49 (30) 1-2/3.4;5",
    "+49; =1+1",
    "-",
    "-x",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "'＝1",
    "C:\\dir\\' --",
    "100%",
    "</t>&amp;<![CDATA[",
    "{{x}} \\u0041 \\n",
    "00123",
    "1E5",
    "219E01BE",
    "12345678901234567890",
    "NULL",
    "null",
    "NaN",
    "https://img.example.com/?a=1&b=2",
)

WITH_NUL = ("a\x00b", "\x00=1", "\x00")
"""Texts with NUL, for sources that can hold them."""

ALPHABET = "ab ;,\"'=+-@\r\n\t\x0b_x0041é東🏨＝\ufffe"
"""What random texts are made of."""

LONG_TEXTS = ("a" * 32_767, "a" * 32_768, "🏨" * 16_383 + "a", "🏨" * 16_384, "a" + "🏨" * 16_384, "é" * 40_000)
"""Around the 32,767 UTF-16 units of an Excel cell; every one is as many bytes in every example, so only when asked."""

RATINGS = (
    "4.5",
    "3",
    "3.0",
    "0",
    "5",
    "5.",
    ".5",
    " 4.5 ",
    "00004",
    "0" * 299 + "4",
    "0" * 300 + "4",
    "",
    " ",
    ".",
    "4.5 stars",
    "4,5",
    "4.5.1",
    "4 5",
    "4\n",
    "\t4",
    "4\u00a0",
    "+4",
    "-1",
    "-0",
    "1e0",
    "NaN",
    "inf",
    "0x4",
    "1_0",
    "４",
    "٤",
    "⁴",
)
"""Ratings as people type them: numbers first, then what is none."""

# Naive UTC, as a catalogue holds them; the days of February and March 2024 are those that filters ask for.
MOMENTS = tuple(
    datetime.fromisoformat(text)
    for text in (
        "0001-01-01T00:00:00",
        "0999-12-31T23:59:59.999999",
        "1899-12-31T12:00:00",
        "1900-02-28T23:59:59.999999",
        "1900-03-01T00:00:00",
        "1969-12-31T23:59:59.999999",
        "2024-02-28T23:59:59.999999",
        "2024-02-29T00:00:00",
        "2024-02-29T12:00:00.000001",
        "2024-02-29T12:00:00.123000",
        "2024-02-29T23:59:59.999999",
        "2024-03-01T00:00:00",
        "2024-03-01T05:59:01",
        "9999-12-31T23:59:59.999999",
    )
)

COUNTRY_CODES = ("US", "FR", "JP", "BR", "us", "ZZ", "日本")
"""Two characters each; a filter can ask for the upper-case letters only."""

LATEST_ASKED = datetime.fromisoformat("2025-01-01T00:00:00")
"""Filters ask for nothing later, as the future is refused."""


@st.composite
def catalogues(  # noqa: PLR0913 - each option is a promise that some source cannot keep
    draw: Draw,
    max_hotels: int = 4,
    *,
    nul: bool = False,
    long_texts: bool = False,
    orphans: bool = True,
    first_year: int = 1,
) -> Catalogue:
    """Draw a catalogue: ids unique but in no order, children shared, missing, several, and of hotels that are gone."""
    texts = _texts(nul=nul, long_texts=long_texts)
    moments = tuple(moment for moment in MOMENTS if moment.year >= first_year)
    plain = tuple(f"h{number}" for number in range(max_hotels - len(ITTIDS)))
    ittids = draw(_some((*ITTIDS, *plain), max_hotels))
    suppliers = draw(_some(SUPPLIERS, 5)) or ["agoda"]
    parents = [*ittids * 3, *ittids[:1] * 3, *(_gone(ittids) if orphans else ())]
    family = max_hotels * 2 if parents else 0
    return {
        "hotels": draw(_rows(_hotels(texts, moments), len(ittids)).map(_with("ittid", ittids))),
        "locations": draw(_sized(_locations(parents, texts), family)),
        "contacts": draw(_sized(_contacts(parents, texts), family)),
        "provider_mappings": draw(_sized(_mappings(parents, suppliers, texts, moments), family)),
        "supplier_summary": draw(_summaries(draw(_some((*suppliers, *SUPPLIERS[:3]), 4)), moments)),
    }


def _gone(ittids: list[str]) -> list[str]:
    """Give ittids for orphans: first those that a careless join takes for one that is there."""
    alike = {_careless(ittid) for ittid in ittids}
    return sorted(set(ITTIDS) - set(ittids), key=lambda ittid: (_careless(ittid) not in alike, ittid))[:4]


def _careless(ittid: str) -> str:
    return unicodedata.normalize("NFKC", ittid).strip().lstrip("0").casefold()


def _texts(*, nul: bool, long_texts: bool) -> tuple[str, ...]:
    return (*TEXTS, *(WITH_NUL * 3 if nul else ()), *(LONG_TEXTS if long_texts else ()))


def _some(pool: Iterable[str], at_most: int) -> st.SearchStrategy[list[str]]:
    """Draw different values, every number of them as likely as another."""
    different = tuple(dict.fromkeys(pool))
    values = st.sampled_from(different)
    return _sizes(min(at_most, len(different))).flatmap(
        lambda size: st.lists(values, min_size=size, max_size=size, unique=True)
    )


def _any(texts: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Draw a text of the list, now and then one made up."""
    return st.one_of(st.sampled_from(texts), st.sampled_from(texts), st.text(ALPHABET, max_size=8))


def _maybe(values: tuple[T, ...]) -> st.SearchStrategy[T | None]:
    """Draw one of these values, one time in four NULL."""
    return st.sampled_from((*values, *[None] * (len(values) // 3 + 1)))


def _row(columns: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Row]:
    """Draw a row whose columns stand in this order; ``fixed_dictionaries`` shuffles them."""
    return st.tuples(*columns.values()).map(lambda values: dict(zip(columns, values, strict=True)))


def _sized(row: st.SearchStrategy[Row], at_most: int) -> st.SearchStrategy[list[Row]]:
    return _sizes(at_most).flatmap(lambda size: _rows(row, size))


def _sizes(at_most: int) -> st.SearchStrategy[int]:
    """Draw a size; first come the middling ones, as Hypothesis often takes the first, and shrinks to less anyway."""
    middle = (at_most + 1) // 2
    return st.sampled_from((*range(middle, at_most + 1), *range(middle)))


def _rows(row: st.SearchStrategy[Row], size: int) -> st.SearchStrategy[list[Row]]:
    """Draw so many rows and give each an id of its own, in no order."""
    ids = st.sampled_from((*range(1, 20 + 2 * size), 1_000_000, 2_147_483_647))
    return st.tuples(
        st.lists(ids, min_size=size, max_size=size, unique=True),
        st.lists(row, min_size=size, max_size=size),
    ).map(lambda drawn: [{"id": number, **fields} for number, fields in zip(*drawn, strict=True)])


def _with(column: str, values: list[str]) -> Callable[[list[Row]], list[Row]]:
    """Make a function that gives each row the value at its place, as its second column."""
    return lambda rows: [
        {"id": row["id"], column: value, **{name: row[name] for name in row if name != "id"}}
        for row, value in zip(rows, values, strict=True)
    ]


def _hotels(texts: tuple[str, ...], moments: tuple[datetime, ...]) -> st.SearchStrategy[Row]:
    return _row(
        {
            "name": _any(texts),
            "latitude": st.sampled_from(("40.0043", "-81.5745", "1e-7", "", None)),
            "longitude": _maybe(texts),
            "address_line1": _maybe(texts),
            "address_line2": _maybe(texts),
            "postal_code": st.sampled_from(("00042", "1E5", "", None)),
            "rating": _maybe((*RATINGS[:10] * 3, *RATINGS[10:])),
            "property_type": st.sampled_from(("Hotel", "Hotel", "hotel", "Hotel ", "Villa", "=x", "", None)),
            "primary_photo": _maybe(texts),
            "map_status": st.sampled_from(("new", "pending", "updated", None)),
            "content_update_status": st.sampled_from(("NewAdd", "", None)),
            "created_at": _maybe(moments),
            "updated_at": _maybe(moments),
        }
    )


def _locations(parents: list[str], texts: tuple[str, ...]) -> st.SearchStrategy[Row]:
    return _row(
        {
            "ittid": st.sampled_from(parents),
            "city_name": _maybe(texts),
            "state_name": _maybe(texts),
            "state_code": st.sampled_from(("OH", "", None)),
            "country_name": _maybe(texts),
            "country_code": _maybe(COUNTRY_CODES),
            "master_city_name": st.sampled_from(("Paris", "", None)),
            "city_code": st.sampled_from(("PAR", "=PAR", None)),
            "city_location_id": st.sampled_from(("000123", "179898", "", None)),
            "created_at": st.just(MOMENTS[-2]),
            "updated_at": st.sampled_from((MOMENTS[-2], None)),
        }
    )


def _contacts(parents: list[str], texts: tuple[str, ...]) -> st.SearchStrategy[Row]:
    return _row(
        {
            "ittid": st.sampled_from(parents),
            "contact_type": st.sampled_from(("phone", "email", "fax", "website")),
            "value": _any(texts),
        }
    )


def _mappings(
    parents: list[str], suppliers: list[str], texts: tuple[str, ...], moments: tuple[datetime, ...]
) -> st.SearchStrategy[Row]:
    return _row(
        {
            "ittid": st.sampled_from(parents),
            "provider_name": st.sampled_from(suppliers),
            "provider_id": _any(texts),
            "system_type": st.sampled_from("abcdefghij"),
            "vervotech_id": st.sampled_from(("39677034", "1", "01", "", None)),
            "giata_code": _maybe((*("409010", "409011", "") * 10, *texts)),
            "created_at": _maybe(moments),
            "updated_at": _maybe(moments),
        }
    )


def _summaries(suppliers: list[str], moments: tuple[datetime, ...]) -> st.SearchStrategy[list[Row]]:
    """Draw supplier summaries; what they state need not agree with the mappings, as they are refreshed at times."""
    row = _row(
        {
            "total_hotels": st.sampled_from((0, 1, 3, 2_147_483_647)),
            "total_mappings": st.integers(0, 3),
            "last_updated": _maybe(moments),
            "summary_generated_at": st.sampled_from(moments),
        }
    )
    return _rows(row, len(suppliers)).map(_with("provider_name", suppliers))


def filters(export_type: str, catalogue: Catalogue, *, paging: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Draw valid filters for an export of this catalogue; with ``paging`` also ``limit`` and ``after``."""
    parts = {
        "hotels": (_suppliers, _country_codes, _ratings, _dates, _ittids, _property_types, _includes),
        "mappings": (_suppliers, _ittids, _dates),
        "supplier_summary": (_suppliers, _breakdown),
    }[export_type]
    return _filters(export_type, catalogue, (*parts, _page) if paging else parts)


Part: TypeAlias = Callable[[str, Catalogue], st.SearchStrategy[dict[str, Any]]]


@st.composite
def _filters(draw: Draw, export_type: str, catalogue: Catalogue, parts: tuple[Part, ...]) -> dict[str, Any]:
    # Behind a large draw Hypothesis often takes the first choice: that is one filter; it still shrinks to none.
    size = min(draw(st.sampled_from((1, 2, 0, 3, 2))), len(parts))
    chosen = draw(st.lists(st.sampled_from(parts), unique=True, min_size=size, max_size=size))
    found: dict[str, Any] = {}
    for part in parts:
        if part in chosen:
            found |= draw(part(export_type, catalogue))
    return found


def _listed(name: str, known: Iterable[str | None], foreign: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a list for a filter, mostly of values that the catalogue has, or the word All."""
    own = sorted({value for value in known if value and "\x00" not in value and value.casefold() != "all"})
    pool = st.sampled_from((*own * 3, *foreign))
    lists = st.lists(pool, min_size=1, max_size=4, unique=True)
    words = st.sampled_from(("All", "all", "aLL"))
    return st.one_of(lists, lists, lists, words).map(lambda wanted: {name: wanted})


def _suppliers(export_type: str, catalogue: Catalogue) -> st.SearchStrategy[dict[str, Any]]:
    table = "supplier_summary" if export_type == "supplier_summary" else "provider_mappings"
    names = {row["provider_name"] for row in catalogue[table]}
    cased = {change(name) for name in names for change in (str, str.upper, str.lower, str.casefold)}
    return _listed("suppliers", cased, ("nobody", "agoda "))


def _country_codes(_export_type: str, catalogue: Catalogue) -> st.SearchStrategy[dict[str, Any]]:
    codes = {row["country_code"] for row in catalogue["locations"]} & {"US", "FR", "JP", "BR", "ZZ"}
    return _listed("country_codes", codes, ("XX", "QQ"))


def _ittids(_export_type: str, catalogue: Catalogue) -> st.SearchStrategy[dict[str, Any]]:
    known = {row["ittid"] for table in ("hotels", "provider_mappings") for row in catalogue[table]}
    return _listed("ittids", known, ("404", "9 ", "a-1", "'; DROP TABLE hotels; --", "\\"))


def _property_types(_export_type: str, catalogue: Catalogue) -> st.SearchStrategy[dict[str, Any]]:
    return _listed("property_types", {row["property_type"] for row in catalogue["hotels"]}, ("Castle", "HOTEL"))


def _includes(_export_type: str, _catalogue: Catalogue) -> st.SearchStrategy[dict[str, Any]]:
    names = ("include_locations", "include_contacts", "include_mappings")
    return st.fixed_dictionaries({}, optional={name: st.booleans() for name in names})


def _breakdown(_export_type: str, _catalogue: Catalogue) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"include_country_breakdown": st.sampled_from((True, True, False))})


@st.composite
def _ratings(draw: Draw, _export_type: str, catalogue: Catalogue) -> dict[str, Any]:
    numbers = {rating_number(hotel["rating"]) for hotel in catalogue["hotels"]}
    own = [number for number in numbers if number is not None and number <= 5]
    asked = st.sampled_from((0, 0.5, 3, 4.5, 5, *sorted(own)))
    low, high = sorted((draw(asked), draw(asked)))
    return draw(st.sampled_from(({"min_rating": low}, {"max_rating": high}, {"min_rating": low, "max_rating": high})))


@st.composite
def _dates(draw: Draw, export_type: str, catalogue: Catalogue) -> dict[str, Any]:
    rows = catalogue[MAIN_TABLE[export_type]]
    known = {row["updated_at"] for row in rows if row["updated_at"] is not None and row["updated_at"] < LATEST_ASKED}
    moments = st.sampled_from(sorted({*known, *MOMENTS[6:13]}))
    asked = st.builds(_asked, moments, st.sampled_from(("day", "day", "Z", "+05:45", "-08:00")))
    first, last = draw(asked), draw(asked)
    if earliest(first) > latest(last):
        first, last = last, first
    both = {"date_from": first, "date_to": last}
    return draw(st.sampled_from((both, {"date_from": first}, {"date_to": last})))


def _asked(moment: datetime, form: str) -> str:
    """Write a moment as a user asks for it: a day, or an instant in some offset."""
    if form == "day":
        return moment.date().isoformat()
    if form == "Z" or moment.year == 1:  # an offset could lead out of the calendar
        return moment.isoformat() + "Z"
    sign = 1 if form.startswith("+") else -1
    offset = sign * timedelta(hours=int(form[1:3]), minutes=int(form[4:6]))
    return (moment + offset).isoformat() + form


@st.composite
def _page(draw: Draw, export_type: str, catalogue: Catalogue) -> dict[str, Any]:
    """Draw a page: ``after`` is what a manifest before could have given, the order values of some record."""
    found: dict[str, Any] = {}
    seen = [order_values(export_type, row) for row in matching_rows(catalogue, export_type, {})]
    limited, goes_on = draw(st.tuples(st.booleans(), st.booleans()))
    if limited:
        found["limit"] = draw(st.integers(1, 4))
    if goes_on and seen:
        found["after"] = draw(st.sampled_from(seen))
    return found
