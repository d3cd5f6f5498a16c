"""The rows of files to load: what is really wrong is refused with its number; what is merely untidy is taken.

Wrong: no ittid or name; an ittid twice or over 100 characters; a NUL; a country code that is not two upper-case letters
(no country filter would ever find it); a status or system type that the contract does not have; a date that is none.
Untidy, and taken: ``""`` for nothing in a country code, a status or a date; spaces around a date; any rating.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from pipeline.errors import LoadError
from pipeline.loading.columns import DEFAULTS, HOTELS_FILE, MAPPINGS_FILE, ArrangedFile, as_moments
from pipeline.schema import Column, Kind

_ITTID_CHARACTERS = 100
_SYSTEM_TYPES = tuple("abcdefghij")
_MAP_STATUSES = ("new", "pending", "updated")
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What makes a cell wrong."""

    column: str
    wrong: pl.Expr | pl.Series
    """True in the rows that will not do."""
    wanted: str


def checked_hotels(file: ArrangedFile) -> ArrangedFile:
    """Check the rows of a hotels file; the file with its moments as moments.

    Raises:
        LoadError: the first row that will not do.
    """
    again = pl.col("ittid").is_not_null() & ~pl.col("ittid").is_first_distinct()
    no_country = ~pl.col("country_code").str.contains(r"^(?:[A-Z]{2})?$")
    own = [
        Rule(column="ittid", wrong=again, wanted="each comes once, and a row above has it"),
        Rule(column="country_code", wrong=no_country, wanted="two upper-case letters are wanted, as in FR"),
        _one_of("map_status", _MAP_STATUSES),
    ]
    return _checked(file, HOTELS_FILE, own)


def checked_mappings(file: ArrangedFile) -> ArrangedFile:
    """Check the rows of a mappings file; the file with its moments as moments.

    Raises:
        LoadError: the first row that will not do.
    """
    return _checked(file, MAPPINGS_FILE, [_one_of("system_type", _SYSTEM_TYPES)])


def _checked(file: ArrangedFile, columns: Sequence[Column], own: Sequence[Rule]) -> ArrangedFile:
    moments = as_moments(file.frame, columns)
    too_long = pl.col("ittid").str.len_chars() > _ITTID_CHARACTERS
    rules = [
        *(rule for column in columns for rule in _column_rules(column, file.frame, moments)),
        Rule(column="ittid", wrong=too_long, wanted=f"{_ITTID_CHARACTERS} characters at most are wanted"),
        *own,
    ]
    _check(file, rules)
    return replace(file, frame=moments)


def _column_rules(column: Column, given: pl.DataFrame, moments: pl.DataFrame) -> list[Rule]:
    if column.kind is Kind.TIMESTAMP:
        wanted = "a date is wanted, as in 2025-06-30 or 2025-06-30T05:59:01Z"
        return [Rule(column=column.name, wrong=_no_moment(given[column.name], moments[column.name]), wanted=wanted)]
    value = pl.col(column.name)
    rules = [Rule(column=column.name, wrong=value.str.contains("\x00", literal=True), wanted="NUL is in no text")]
    if not column.nullable and column.name not in DEFAULTS:
        nothing = value.is_null() | (value == "")
        rules.append(Rule(column=column.name, wrong=nothing, wanted="every row needs one"))
    return rules


def _no_moment(given: pl.Series, moment: pl.Series) -> pl.Series:
    if given.dtype == pl.String:
        return (given.str.strip_chars() != "") & moment.is_null()
    return ~moment.dt.year().is_between(1, 9999)


def _one_of(column: str, allowed: tuple[str, ...]) -> Rule:
    wrong = ~pl.col(column).is_in(["", *allowed])
    return Rule(column=column, wrong=wrong, wanted=f"one of {', '.join(allowed)} is wanted")


def _check(file: ArrangedFile, rules: Sequence[Rule]) -> None:
    numbered = file.frame.with_row_index("row", offset=1)
    found = [(int(row), value, rule) for rule in rules for row, value in _first(numbered, rule)]
    if not found:
        return
    row, value, rule = min(found, key=lambda trouble: trouble[0])
    raise LoadError(
        f"{file.path}, row {row}: {rule.column} {_shown(value)} will not do; {rule.wanted}",
        file=str(file.path),
        row=row,
        column=rule.column,
    )


def _first(numbered: pl.DataFrame, rule: Rule) -> list[tuple[int, object]]:
    return numbered.filter(rule.wrong).select("row", rule.column).head(1).rows()


def _shown(value: object) -> str:
    text = "NULL" if value is None else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
