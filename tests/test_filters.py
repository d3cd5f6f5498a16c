"""Filters: what may be asked for, and what is said of what may not."""

import base64
import datetime as dt
import json
import math
import pickle
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import pipeline
from pipeline import FilterError, FilterProblem, HotelExportFilters, MappingExportFilters, SupplierSummaryFilters
from pipeline.filters import ExportFilters, UpdatedFilters, checked
from pipeline.loading.make import make_catalogue
from pipeline.paging import decode_page, encode_page

NOW = dt.datetime(2025, 6, 30, 5, 59, 1, tzinfo=dt.UTC)
DATED = (HotelExportFilters, MappingExportFilters)
ALL = (*DATED, SupplierSummaryFilters)
"""Every kind of filters; what these share is tested on each."""

Model = type[ExportFilters]
Given = dict[str, Any]


def applied(model: Model, given: Given) -> Given:
    return checked(model, given, now=NOW).applied()


def problems(model: Model, given: Given) -> tuple[FilterProblem, ...]:
    with pytest.raises(FilterError) as caught:
        checked(model, given, now=NOW)
    assert str(caught.value) == "; ".join(map(str, caught.value.problems))
    return caught.value.problems


def short(value: object) -> str:
    """The name of a case, without addresses and the order of sets: it is the same in every process."""
    steady = sorted(value, key=str) if isinstance(value, set | frozenset) else value
    shown = re.sub(r" at 0x[0-9a-f]+", "", repr(steady))[:60]
    return shown if isinstance(value, str) else f"{type(value).__name__} {shown}"


def only_problem(model: Model, given: Given) -> FilterProblem:
    (problem,) = problems(model, given)
    return problem


def fields_of(*fields: tuple[str, tuple[Model, ...]]) -> list[Any]:
    """A parameter for each model that has a field."""
    return [pytest.param(model, field, id=f"{model.__name__}.{field}") for field, models in fields for model in models]


LISTS = fields_of(
    ("suppliers", ALL), ("ittids", DATED), ("property_types", (HotelExportFilters,)), ("country_codes", DATED[:1])
)
RATINGS = ("min_rating", "max_rating")
DATES = fields_of(("date_from", DATED), ("date_to", DATED))
COUNTS = [*fields_of(("limit", ALL)), pytest.param(MappingExportFilters, "max_records", id="max_records")]
SWITCHES = [
    *fields_of(*((f"include_{what}", DATED[:1]) for what in ("locations", "contacts", "mappings"))),
    *fields_of(("include_country_breakdown", ALL[2:])),
]

# --- lists of strings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "field"), LISTS)
@pytest.mark.parametrize("values", [["FR"], ["FR", "US"], ["US", "FR", "US"], ("FR", "US")], ids=short)
def test_a_list_of_strings_is_taken_as_it_was_given(model: Model, field: str, values: Any) -> None:  # noqa: ANN401
    assert applied(model, {field: values}) == {field: [*values]}


@pytest.mark.parametrize(("model", "field"), LISTS)
@pytest.mark.parametrize("kind", [set, frozenset])
def test_a_set_is_a_list_in_an_order_of_its_own(model: Model, field: str, kind: type[set[str]]) -> None:
    assert applied(model, {field: kind(["US", "FR", "JP"])}) == {field: ["FR", "JP", "US"]}


@pytest.mark.parametrize("field", ["suppliers", "ittids", "property_types"])
@pytest.mark.parametrize("value", ["", " ", "x; y", "'; DROP TABLE hotels; --", "İ", "🏨", "￿", "a\r\nb", "x" * 10_000])
def test_any_text_will_do_as_a_value(field: str, value: str) -> None:
    assert applied(HotelExportFilters, {field: [value]}) == {field: [value]}


EMPTY: tuple[object, ...] = ([], (), set(), frozenset())
MIXED: tuple[object, ...] = (["All", "FR"], ["FR", "aLL"], ["All", "All"], {"ALL", "FR"})
NO_LISTS: tuple[object, ...] = ("FR", b"FR", 5, True, 1.5, {"FR": 1}, iter(["FR"]))
NO_STRINGS: tuple[object, ...] = (None, 5, True, b"US", ["US"], {}, math.nan)


@pytest.mark.parametrize(("model", "field"), LISTS)
@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        *((empty, "an empty list matches nothing: .*") for empty in EMPTY),
        *(
            (value, 'give a list of strings, or "All"')
            for value in ("FR", b"FR", 5, True, 1.5, {"FR": 1}, iter(["FR"]))
        ),
        *((["FR", value], "give strings, each in quotes") for value in NO_STRINGS),
        *((["FR", value], "no value may hold a NUL character") for value in ("\0", "a\0b", "US\0")),
        *((["FR", value], "no value may hold half of a surrogate pair") for value in ("\ud800", "a\udfffb")),
        *((mixed, '"All" stands alone: .*') for mixed in MIXED),
    ],
    ids=short,
)
def test_what_is_no_list_of_strings_is_refused(model: Model, field: str, value: object, wanted: str) -> None:
    problem = only_problem(model, {field: value})
    assert (problem.field, problem.value) == (field, value)
    assert _matches(problem.wanted, wanted)


def _matches(text: str, pattern: str) -> bool:
    return text.startswith(pattern.removesuffix(".*")) if pattern.endswith(".*") else text == pattern


@pytest.mark.parametrize(
    "code",
    ["fr", "Fr", "FRA", "F", "", "F1", "FR ", "FR\n", "\uff26\uff32", "ÄÖ", "x" * 10_000],
    ids=short,
)
def test_what_is_no_country_code_is_refused(code: str) -> None:
    problem = only_problem(HotelExportFilters, {"country_codes": ["FR", code]})
    assert problem.wanted.startswith("country codes are two upper-case letters such as FR; ")
    assert problem.wanted.endswith(" is none")
    assert len(str(problem)) < 300


@pytest.mark.parametrize("model", DATED)
def test_a_hundred_thousand_ittids_will_do_and_one_more_will_not(model: Model) -> None:
    ittids = [str(number) for number in range(100_001)]
    is_same = applied(model, {"ittids": ittids[:-1]}) == {"ittids": ittids[:-1]}
    assert is_same  # by itself: to tell how lists as long as these differ takes pytest minutes

    problem = only_problem(model, {"ittids": ittids})
    assert problem.wanted == "at most 100,000 ittids; 100,001 came: split them over several exports"
    assert len(str(problem)) < 300  # the list is not repeated


@pytest.mark.parametrize("field", ["suppliers", "property_types"])
def test_only_ittids_are_counted(field: str) -> None:
    assert len(applied(HotelExportFilters, {field: ["x"] * 100_001})[field]) == 100_001


# --- "All" ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "field"),
    [*LISTS, *DATES, *COUNTS, *fields_of(*((rating, DATED[:1]) for rating in RATINGS))],
)
@pytest.mark.parametrize("word", ["All", "ALL", "all", "aLl", None], ids=short)
def test_all_is_no_restriction_in_any_field_and_any_case(model: Model, field: str, word: str | None) -> None:
    filters = checked(model, {field: word}, now=NOW)
    assert filters == checked(model, {}, now=NOW)
    assert filters.applied() == {}
    assert not filters.narrows()


@pytest.mark.parametrize(("model", "field"), LISTS)
@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_all_as_the_only_one_of_a_list_is_no_restriction(model: Model, field: str, kind: type[list[str]]) -> None:
    assert applied(model, {field: kind(["aLL"])}) == {}


@pytest.mark.parametrize("value", ["All ", "*", "ａｌｌ", "alle"])  # noqa: RUF001 - a full-width all
def test_what_is_not_quite_all_is_a_value_like_others(value: str) -> None:
    assert applied(SupplierSummaryFilters, {"suppliers": [value]}) == {"suppliers": [value]}
    assert only_problem(SupplierSummaryFilters, {"suppliers": value}).value == value


# --- numbers and switches -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", RATINGS)
@pytest.mark.parametrize("value", [0, 5, 3, 0.0, 5.0, 4.5, 5e-324, 0.1 + 0.2])
def test_a_rating_is_a_number_from_0_to_5(field: str, value: float) -> None:
    assert applied(HotelExportFilters, {field: value}) == {field: value}


@pytest.mark.parametrize("field", RATINGS)
@pytest.mark.parametrize(
    "value",
    [
        -0.1,
        5.000_000_1,
        -1,
        6,
        2**70,
        10**400,
        math.nan,
        math.inf,
        -math.inf,
        True,
        False,
        "4",
        "",
        [4],
        {},
        Decimal(4),
    ],
    ids=short,
)
def test_what_is_no_rating_is_refused(field: str, value: object) -> None:
    assert only_problem(HotelExportFilters, {field: value}) == FilterProblem(
        field=field, value=value, wanted="give a number from 0 to 5"
    )


@pytest.mark.parametrize(("low", "high"), [(0, 5), (4, 4), (4, 4.0), (2.5, 3)])
def test_ratings_are_a_range(low: float, high: float) -> None:
    given = {"max_rating": high, "min_rating": low}
    assert applied(HotelExportFilters, given) == given


def test_a_range_of_ratings_is_not_upside_down() -> None:
    problem = only_problem(HotelExportFilters, {"max_rating": 3, "min_rating": 3.5})
    assert str(problem) == "max_rating: 3 will not do; min_rating must not be over max_rating"


@pytest.mark.parametrize(("model", "field"), COUNTS)
@pytest.mark.parametrize("value", [1, 2, 100_000, 2**63 - 1])
def test_a_limit_is_a_number_from_1(model: Model, field: str, value: int) -> None:
    assert applied(model, {field: value}) == {"limit": value}


@pytest.mark.parametrize(("model", "field"), COUNTS)
@pytest.mark.parametrize(
    "value", [0, -1, 1.0, 1.5, True, False, "1", math.nan, math.inf, 2**63, 2**70, [1], {}], ids=short
)
def test_what_is_no_number_from_1_is_refused(model: Model, field: str, value: object) -> None:
    problem = only_problem(model, {field: value})
    assert (problem.field, problem.wanted) == (field, "give a whole number from 1")


def test_a_limit_has_one_name_at_a_time() -> None:
    problem = only_problem(MappingExportFilters, {"limit": 1, "max_records": 1})
    assert problem.field == "max_records"
    assert problem.wanted == "it is another name of a field that came too; give one of them"


@pytest.mark.parametrize(("model", "field"), SWITCHES)
def test_a_switch_is_true_or_false_and_its_default_is_not_shown(model: Model, field: str) -> None:
    default = model.model_fields[field].default
    assert applied(model, {field: default}) == {}
    assert applied(model, {field: not default}) == {field: not default}
    assert not checked(model, {field: not default}, now=NOW).narrows()


@pytest.mark.parametrize(("model", "field"), SWITCHES)
@pytest.mark.parametrize("value", [0, 1, 1.0, "true", "false", "", "yes", "All", [], [True], {}], ids=short)
def test_what_is_no_switch_is_refused(model: Model, field: str, value: object) -> None:
    assert only_problem(model, {field: value}) == FilterProblem(field=field, value=value, wanted="give true or false")


# --- dates ----------------------------------------------------------------------------------------------------------

DATE = "give a day such as 2025-06-30, or an instant such as 2025-06-30T05:59:01Z"
FUTURE = "it lies in the future: give a date up to today, 2025-06-30 (UTC)"
DAY = dt.timedelta(days=1)
MICROSECOND = dt.timedelta(microseconds=1)


def range_of(**given: object) -> tuple[dt.datetime | None, dt.datetime | None]:
    filters = checked(HotelExportFilters, given, now=NOW)
    return filters.updated_from, filters.updated_to


def naive(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize("day", ["2025-06-30", "2024-02-29", "0001-01-01", dt.date(2025, 6, 30)], ids=short)
def test_a_day_is_the_whole_of_it_at_either_end(day: str | dt.date) -> None:
    start = naive(str(day))
    assert range_of(date_from=day, date_to=day) == (start, start + DAY - MICROSECOND)


def test_the_last_day_that_there_is_has_an_end() -> None:
    last = checked(MappingExportFilters, {"date_to": "9999-12-31"}, now=dt.datetime.max.replace(tzinfo=dt.UTC))
    assert last.updated_to == dt.datetime.max  # noqa: DTZ901 - naive UTC


INSTANTS = {
    "2025-06-30T05:59:01Z": "2025-06-30T05:59:01",
    "2025-06-30t05:59:01z": "2025-06-30T05:59:01",
    "2025-06-30 05:59:01": "2025-06-30T05:59:01",
    "2025-06-30T05:59": "2025-06-30T05:59:00",
    "2025-06-30T05:59:01.5Z": "2025-06-30T05:59:01.500000",
    "2025-06-30T05:59:01,123456Z": "2025-06-30T05:59:01.123456",
    "2025-06-30T05:59:01+05:45": "2025-06-30T00:14:01",
    "2025-06-30T05:59:01-0800": "2025-06-30T13:59:01",
    "2025-07-01T01:30:00+02:00": "2025-06-30T23:30:00",
    "0001-01-01T05:00:00+05:00": "0001-01-01T00:00:00",
}


@pytest.mark.parametrize(("text", "moment"), INSTANTS.items())
def test_an_instant_is_compared_as_such_in_utc(text: str, moment: str) -> None:
    assert range_of(date_from=text, date_to=text) == (naive(moment), naive(moment))


@given(
    moment=st.datetimes(dt.datetime(1, 1, 3), dt.datetime(2025, 6, 28)),  # noqa: DTZ001 - naive UTC
    minutes=st.integers(-23 * 60 - 59, 23 * 60 + 59),
    as_text=st.booleans(),
)
def test_an_offset_is_converted(moment: dt.datetime, minutes: int, *, as_text: bool) -> None:
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    there = moment.replace(tzinfo=dt.UTC).astimezone(zone)
    value = there.isoformat() if as_text else there
    assert range_of(date_from=value, date_to=value) == (moment, moment)


@pytest.mark.parametrize(("model", "field"), DATES)
@pytest.mark.parametrize(
    "value",
    ["2025-06-30", "2025-06-30T23:59:59.999999Z", "2025-07-01T01:59:59+02:00", dt.date(2025, 6, 30), NOW],
    ids=short,
)
def test_today_is_allowed_to_its_end(model: Model, field: str, value: object) -> None:
    assert list(applied(model, {field: value})) == [field]


@pytest.mark.parametrize(("model", "field"), DATES)
@pytest.mark.parametrize(
    "value",
    [
        *("2025-07-01", "2025-07-01T00:00:00Z", "2025-06-30T23:00:00-01:00", "2025-07-01T00:00", "9999-12-31"),
        *(dt.date(2025, 7, 1), NOW + DAY),
    ],
    ids=short,
)
def test_tomorrow_is_refused(model: Model, field: str, value: object) -> None:
    problem = only_problem(model, {field: value})
    assert (problem.field, problem.value, problem.wanted) == (field, value, FUTURE)


def test_today_is_utcs_wherever_the_clock_is() -> None:
    tokyo = NOW.replace(hour=23).astimezone(dt.timezone(dt.timedelta(hours=9)))
    assert tokyo.date() == dt.date(2025, 7, 1)
    with pytest.raises(FilterError, match="up to today, 2025-06-30"):
        checked(HotelExportFilters, {"date_from": "2025-07-01"}, now=tokyo)


@pytest.mark.parametrize(("model", "field"), DATES)
@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "today", "2025", "2025-06", "2025-6-3", "20250630", "2025-W01-1", "2025-181", "30.06.2025"),
        *(" 2025-06-30", "2025-06-30 ", "2025-06-30\n", "2025-06-30T05:59:01Z\n", "2025-06-30\0"),
        *("2025-02-30", "2025-13-01", "0000-01-01", "10000-01-01", "-001-01-01", "2023-02-29"),
        *("2025-06-30T24:00:00Z", "2025-06-30T05:60:00Z", "2025-06-30T05:59:60Z", "2025-06-30T05:59:01.1234567Z"),
        *("2025-06-30T05", "2025-06-30T05:59:01+25:00", "2025-06-30T05:59:01 UTC", "2025-06-30T05:59:01+2"),
        *("２０２５-06-30", "2025‐06‐30"),  # noqa: RUF001 - full-width digits, other hyphens
        *(20250630, 1_751_263_141.0, True, [], ["2025-06-30"], {}, dt.time(5, 59)),
    ],
    ids=short,
)
def test_what_is_no_date_is_refused(model: Model, field: str, value: object) -> None:
    assert only_problem(model, {field: value}) == FilterProblem(field=field, value=value, wanted=DATE)


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"])
def test_an_instant_that_utc_has_no_year_for_is_refused(value: str) -> None:
    assert only_problem(HotelExportFilters, {"date_from": value}).wanted == "in UTC it lies outside the years 1 to 9999"


@pytest.mark.parametrize("model", DATED)
@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2025-06-29", "2025-06-30"),
        ("2025-06-30", "2025-06-30"),
        ("2025-06-30T23:59:59.999999Z", "2025-06-30"),
        ("2025-06-30", "2025-06-30T00:00:00Z"),
        ("2025-06-30T05:59:01Z", "2025-06-30T05:59:01Z"),
        ("2025-06-30T06:59:01+01:00", "2025-06-30T05:59:01Z"),
    ],
)
def test_a_range_of_dates_can_be_a_day_or_a_moment(model: type[UpdatedFilters], first: str, last: str) -> None:
    filters = checked(model, {"date_to": last, "date_from": first}, now=NOW)
    assert filters.updated_from is not None
    assert filters.updated_to is not None
    assert filters.updated_from <= filters.updated_to


@pytest.mark.parametrize("model", DATED)
@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2025-06-30", "2025-06-29"),
        ("2025-06-30", "2025-06-29T23:59:59.999999Z"),
        ("2025-06-30T00:00:00Z", "2025-06-29"),
        ("2025-06-30T05:59:01.000001Z", "2025-06-30T05:59:01Z"),
        ("2025-06-30T05:59:01Z", "2025-06-30T06:59:00+01:00"),
    ],
)
def test_a_range_of_dates_is_not_upside_down(model: Model, first: str, last: str) -> None:
    problem = only_problem(model, {"date_from": first, "date_to": last})
    assert (problem.field, problem.value) == ("date_to", last)
    assert problem.wanted == "date_from must not be later than date_to"


# --- fields that there are not, and several problems ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "field", "nearest"),
    [
        *((model, "supplier", "suppliers") for model in ALL),
        *((model, "Limit", "limit") for model in ALL),
        *((model, "date_form", "date_from") for model in DATED),
        *((model, "ittid", "ittids") for model in DATED),
        (HotelExportFilters, "country_code", "country_codes"),
        (HotelExportFilters, "include_location", "include_locations"),
        (HotelExportFilters, "rating_min", "min_rating"),
        (HotelExportFilters, "max_records", "max_rating"),
        (MappingExportFilters, "max_record", "max_records"),
        (SupplierSummaryFilters, "include_country_breakdowns", "include_country_breakdown"),
    ],
)
def test_an_unknown_field_is_named_with_the_nearest_and_all_that_there_are(
    model: Model, field: str, nearest: str
) -> None:
    problem = only_problem(model, {field: ["x"]})
    assert (problem.field, problem.value) == (field, ["x"])
    assert problem.wanted.startswith(f"there is no such filter; the nearest is {nearest}, and all are: ")
    assert {*problem.wanted.partition("all are: ")[2].split(", ")} >= {*model.model_fields}


@pytest.mark.parametrize("model", ALL)
@pytest.mark.parametrize("other", ALL)
def test_a_filter_of_another_export_is_unknown(model: Model, other: Model) -> None:
    for field in {*other.model_fields} - {*model.model_fields}:
        assert only_problem(model, {field: None}).wanted.startswith("there is no such filter; ")


@pytest.mark.parametrize("name", ["", "a\r\nSet-Cookie: x", "a\0b", "x" * 100_000, "a\u202eb", "🏨" * 200])
def test_the_name_of_an_unknown_field_breaks_no_message(name: str) -> None:
    (problem,) = problems(HotelExportFilters, {name: 1})
    assert str(problem).isprintable()
    assert len(str(problem)) < 500


@pytest.mark.parametrize("given", [{5: 1}, {None: 1}, {"a\ud800": 1}], ids=short)
def test_a_field_whose_name_is_no_text_is_refused(given: Given) -> None:
    assert len(problems(HotelExportFilters, given)) == 1


def test_all_problems_are_named_at_once() -> None:
    found = problems(
        HotelExportFilters,
        {
            "suppliers": [],
            "country_codes": ["fr"],
            "min_rating": 4,
            "max_rating": 3,
            "date_from": "2025-02-02",
            "date_to": "2025-02-01",
            "ittids": "x",
            "property_types": ["\0"],
            "include_contacts": 1,
            "limit": 0,
            "after": "x",
            "nope": 1,
        },
    )
    named = ["suppliers", "limit", "after", "ittids", "date_to", "country_codes", "max_rating", "property_types"]
    assert [problem.field for problem in found] == [*named, "include_contacts", "nope"]


def test_a_message_names_the_field_what_came_and_what_would_do() -> None:
    assert str(only_problem(SupplierSummaryFilters, {"limit": "ten"})) == (
        "limit: 'ten' will not do; give a whole number from 1"
    )
    with pytest.raises(FilterError) as caught:
        checked(SupplierSummaryFilters, {"limit": 0, "suppliers": "x"}, now=NOW)
    suppliers, limit = caught.value.problems
    assert str(caught.value) == f"{suppliers}; {limit}"
    assert str(suppliers) == "suppliers: 'x' will not do; give a list of strings, or \"All\""


def test_an_error_survives_its_way_between_processes() -> None:
    with pytest.raises(FilterError) as caught:
        checked(HotelExportFilters, {"limit": 0, "nope": [1]}, now=NOW)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert (str(again), again.problems) == (str(caught.value), caught.value.problems)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=8)
    | st.sampled_from(["All", "2025-06-30", "FR", "0001-01-01T00:00:00+05:00", 2**70, -0.0]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.data(), st.sampled_from(ALL))
def test_whatever_comes_is_taken_or_refused_in_a_printable_line(data: st.DataObject, model: Model) -> None:
    names = st.sampled_from([*model.model_fields, "max_records", "nope"]) | st.text(max_size=4)
    given_ = data.draw(st.dictionaries(names, ANYTHING, max_size=4))
    try:
        filters = checked(model, given_, now=NOW)
    except FilterError as error:
        refused = error
    else:
        json.dumps(filters.applied(), allow_nan=False).encode()
        return
    assert str(refused).isprintable()
    assert refused.problems


# --- as values ------------------------------------------------------------------------------------------------------

FULL: dict[Model, Given] = {
    HotelExportFilters: {
        "suppliers": ["a", "B"],
        "country_codes": ["FR"],
        "min_rating": 0,
        "max_rating": 4.5,
        "date_from": "2025-01-01",
        "date_to": "2025-06-30T05:59:01.000001+05:45",
        "ittids": ["00123", "1E5"],
        "property_types": [""],
        "include_contacts": False,
        "limit": 7,
        "after": encode_page(("é",)),
    },
    MappingExportFilters: {"suppliers": ["a"], "ittids": ["x"], "date_to": "2025-01-01T00:00:00", "limit": 1},
    SupplierSummaryFilters: {"suppliers": ["a"], "include_country_breakdown": True, "after": encode_page(("z",))},
}


@pytest.mark.parametrize("model", ALL)
@pytest.mark.parametrize("given", [{}, "full"], ids=["none", "all"])
def test_filters_pickle_and_compare_and_hash_as_values(model: Model, given: Given | str) -> None:
    asked = FULL[model] if isinstance(given, str) else given
    one, two = checked(model, asked, now=NOW), checked(model, dict(reversed(asked.items())), now=NOW)
    assert pickle.loads(pickle.dumps(one)) == one == two  # noqa: S301 - our own
    assert hash(one) == hash(two)


@pytest.mark.parametrize("model", ALL)
def test_filters_cannot_be_changed(model: Model) -> None:
    filters = checked(model, FULL[model], now=NOW)
    for field in model.model_fields:
        with pytest.raises(ValidationError):
            setattr(filters, field, None)
        hash(getattr(filters, field))  # nor anything in them
    assert filters == checked(model, FULL[model], now=NOW)


def test_filters_do_not_change_with_the_list_that_was_given() -> None:
    names = ["a"]
    filters = checked(HotelExportFilters, {"suppliers": names}, now=NOW)
    names.append("b")
    assert filters.applied() == {"suppliers": ["a"]}


@pytest.mark.parametrize("model", ALL)
def test_what_was_applied_is_json_in_the_same_words_and_gives_the_same_filters(model: Model) -> None:
    filters = checked(model, FULL[model], now=NOW)
    shown = json.loads(json.dumps(filters.applied()))
    assert shown == FULL[model]
    assert checked(model, shown, now=NOW) == filters


@pytest.mark.parametrize(("model", "field"), [(model, field) for model in ALL for field in FULL[model]])
def test_what_leaves_records_out_narrows(model: Model, field: str) -> None:
    assert checked(model, {field: FULL[model][field]}, now=NOW).narrows() != field.startswith("include_")


# --- pages ----------------------------------------------------------------------------------------------------------

VALUES = st.lists(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.integers(-(2**63), 2**63 - 1),
    min_size=1,
    max_size=4,
).map(tuple)


@given(VALUES)
def test_a_token_stands_for_the_values_that_it_was_made_of(values: tuple[str | int, ...]) -> None:
    token = encode_page(values)
    assert decode_page(token) == values
    assert token.isascii()
    assert not {*token} & {*"+/= \n"}  # fit for a URL and a shell


@given(st.text() | VALUES.map(encode_page).flatmap(lambda token: st.just(token) | st.permutations(token).map("".join)))
def test_a_text_is_no_token_or_the_only_one_of_its_values(text: str) -> None:
    values = decode_page(text)
    assert values is None or encode_page(values) == text


def token_of(plain: str | bytes) -> str:
    return base64.urlsafe_b64encode(plain if isinstance(plain, bytes) else plain.encode()).decode().rstrip("=")


GOOD = encode_page(("a", 1))

BAD_TOKENS = {
    "empty": "",
    "one letter": "x",
    "no base64": "?" * 8,
    "no ASCII": "é",
    "padded": f"{GOOD}=",
    "with a line break": f"{GOOD}\n",
    "cut short": GOOD[:-1],
    "of the other alphabet": base64.b64encode(b'["??>>~~"]').decode() + "+/",
    "no JSON": token_of("x"),
    "no list": token_of('"a"'),
    "an empty list": token_of("[]"),
    "an object": token_of('{"a":1}'),
    "with a space": token_of('["a", 1]'),
    "escaped": token_of('["\\u0061"]'),
    "with a NUL": token_of('["\\u0000"]'),
    "with half of a pair": token_of('["\\ud800"]'),
    "with no UTF-8": token_of(b'["\xff"]'),
    "in UTF-16": token_of('["a"]'.encode("utf-16-le")),
    "with a switch": token_of("[true]"),
    "with a fraction": token_of("[1.0]"),
    "with NaN": token_of("[NaN]"),
    "with a null": token_of("[null]"),
    "with a list": token_of("[[1]]"),
    "with too large a number": token_of(f"[{2**63}]"),
    "with too small a number": token_of(f"[{-(2**63) - 1}]"),
    "with a number past all bounds": token_of(f"[{'9' * 5000}]"),
    "deep": token_of("[" * 100_000),
}


@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS)
@pytest.mark.parametrize("model", ALL)
def test_a_token_that_no_manifest_gave_is_refused(model: Model, token: str) -> None:
    assert decode_page(token) is None
    problem = only_problem(model, {"after": token})
    assert (problem.field, problem.wanted) == ("after", "give the `next` of the manifest before, unchanged")


@pytest.mark.parametrize("token", [5, True, 1.5, [GOOD], {}, b"x"], ids=short)
def test_a_token_is_text(token: object) -> None:
    assert only_problem(HotelExportFilters, {"after": token}).field == "after"


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> "pipeline.Catalogue":
    url = f"sqlite:///{tmp_path_factory.mktemp('catalogue')}/catalogue.sqlite"
    make_catalogue(url, hotels=4, now=NOW)
    return pipeline.connect(url, now=lambda: NOW)


@pytest.mark.parametrize(
    ("export_type", "values"),
    [
        *((one, ("a", "b", 1)) for one in ("hotels", "supplier_summary")),
        *((one, ("a", "b")) for one in ("hotels", "mappings", "supplier_summary")),
        *((one, (1,)) for one in ("hotels", "mappings", "supplier_summary")),
        ("mappings", ("a",)),
        ("mappings", ("a", "b", "1")),
        ("mappings", (1, "b", 1)),
    ],
)
def test_a_token_of_another_export_is_refused(
    catalogue: "pipeline.Catalogue", tmp_path: Path, export_type: str, values: tuple[str | int, ...]
) -> None:
    export = catalogue.export(export_type, {"after": encode_page(values)})
    for ask in (export.count, lambda: export.write(tmp_path / "x.csv")):
        with pytest.raises(FilterError, match=r"^after: '[\w-]+' will not do; .* of an export of the same type$"):
            ask()
    assert not [*tmp_path.iterdir()]
