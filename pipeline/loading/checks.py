"""The rows of files to load: what is really wrong is refused with its number; what is merely untidy is taken.

Wrong: no ittid or name; an ittid twice or over 100 characters; a NUL; a country code that is not two upper-case letters
(no country filter would ever find it); a status or system type that the contract does not have; a date that is none.
Untidy, and taken: ``""`` for nothing in a country code, a status or a date; spaces around a date; any rating.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipeline.errors import LoadError
from pipeline.loading.columns import ArrangedFile
from pipeline.loading.moments import from_text
from pipeline.schema import Column, Kind

_ITTID_CHARACTERS = 100
_SYSTEM_TYPES = tuple("abcdefghij")
_MAP_STATUSES = ("new", "pending", "updated")
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What makes a cell wrong."""

    column: str
    wrong: pl.Expr
    """True in the rows that will not do."""
    wanted: str


def check_hotels(file: ArrangedFile, columns: Sequence[Column]) -> None:
    """Check the rows of a hotels file.

    Raises:
        LoadError: the first row that will not do.
    """
    again = pl.col("ittid").is_not_null() & ~pl.col("ittid").is_first_distinct()
    country = pl.col("country_code")
    own = [
        Rule(column="ittid", wrong=again, wanted="each comes once, and a row above has it"),
        Rule(column="country_code", wrong=_no_country(country), wanted="two upper-case letters are wanted, as in FR"),
        _one_of("map_status", _MAP_STATUSES),
    ]
    _check(file, [*_common_rules(file, columns), *own])


def check_mappings(file: ArrangedFile, columns: Sequence[Column]) -> None:
    """Check the rows of a mappings file.

    Raises:
        LoadError: the first row that will not do.
    """
    _check(file, [*_common_rules(file, columns), _one_of("system_type", _SYSTEM_TYPES)])


def _common_rules(file: ArrangedFile, columns: Sequence[Column]) -> list[Rule]:
    too_long = pl.col("ittid").str.len_chars() > _ITTID_CHARACTERS
    return [
        *(rule for column in columns for rule in _column_rules(column, file.frame.schema[column.name])),
        Rule(column="ittid", wrong=too_long, wanted=f"{_ITTID_CHARACTERS} characters at most are wanted"),
    ]


def _column_rules(column: Column, dtype: pl.DataType) -> list[Rule]:
    value = pl.col(column.name)
    if column.kind is Kind.TIMESTAMP:
        wanted = "a date is wanted, as in 2025-06-30 or 2025-06-30T05:59:01Z"
        return [Rule(column=column.name, wrong=_no_moment(value, dtype), wanted=wanted)]
    rules = [Rule(column=column.name, wrong=value.str.contains("\x00", literal=True), wanted="NUL is in no text")]
    if not column.nullable and column.name != "system_type":
        rules.append(Rule(column=column.name, wrong=_is_nothing(value), wanted="every row needs one"))
    return rules


def _is_nothing(value: pl.Expr) -> pl.Expr:
    return value.is_null() | (value == "")


def _no_moment(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.String:
        return (value.str.strip_chars() != "") & from_text(value).is_null()
    return ~value.dt.year().is_between(1, 9999)


def _no_country(value: pl.Expr) -> pl.Expr:
    return ~value.str.contains(r"^(?:[A-Z]{2})?$")


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
