"""How each database says what the filters need: lists, code-point order, typed ratings, moments, other types.

A template is an expression on ``x``, the column, and ``:v``, the value. It is parsed once in its own dialect and then
lives on as an AST, so that no value is ever formatted into SQL.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from sqlglot import exp, parse_one

from pipeline.utc import microseconds

Value = str | int | float | dt.datetime | Sequence[str]
"""What a filter compares with; a sequence is a list of strings."""

RATING_CHARACTERS = 300
"""A longer rating is no number: so no database overflows, and all agree."""

_NUMBER = r"^ *([0-9]+\.?[0-9]*|\.[0-9]+) *$"
"""Digits with at most one point and at least one digit, spaces around ignored (spec.md §1)."""


def rating_number(typed: str) -> float | None:
    """A rating as a number, as all databases have it; None when it is none."""
    is_number = len(typed) <= RATING_CHARACTERS and re.fullmatch(_NUMBER, typed)
    return float(typed) if is_number else None


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One database's way of saying things; it pickles, as the plan of a chunk does."""

    name: str
    """What sqlglot calls it."""
    same: str
    """The column, compared code point for code point."""
    ordered: str
    """The column, ordered by code point."""
    any_of: str
    """Whether the column is one of a list of strings."""
    number: str
    """A rating, as typed or a float, to a number, NULL when it is none; it cannot fail."""
    moment: str
    """A timestamp column, comparable with a moment."""
    nulls_first: bool
    """Whether NULLs come first unless an ORDER BY says otherwise."""
    bound: Callable[[Value], object]
    """A value as the database's driver takes it."""
    literal: Callable[[Value], exp.Expr]
    """A value as a literal that nothing can leave."""
    texts: Mapping[str, str]
    """Types that text can be made of, and how, exactly as the database shows them; ``x`` where it is text already."""
    integers: Mapping[str, str]
    """Types that integers can be made of, and how: exactly, or the SELECT fails."""
    moments: Mapping[str, str]
    """Types that naive UTC moments can be made of, and how."""
    floats: Mapping[str, str]
    """Types of floating-point numbers, and how they are read: databases differ in how they show one, so text is made of
    it after that."""
    made_text: str | None = None
    """What a database calls the text that ``texts`` makes, where it calls that by another name."""
    views_are_kept: bool = False
    """Whether a view that a statement names twice is read whole first, unless the statement says otherwise."""
    least_moment: dt.datetime | None = None
    """The least moment that is one, of a database that holds others below it: MySQL's zero is read as NULL."""

    def say(self, template: str, column: exp.Expr, value: str | None = None) -> exp.Expr:
        """Put a column, and the name of a value, into one of the templates."""

        def put(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Column) and node.name == "x":
                return column.copy()
            if isinstance(node, exp.Placeholder):
                return exp.Placeholder(this=value)
            return node

        return _parsed(template, self.name).transform(put)


def plain_type(found: str) -> str:
    """The name of a type as the dialects have it: ``DECIMAL(10,2)`` → ``decimal``."""
    return " ".join(re.sub(r"\(.*\)|\"", " ", found, flags=re.DOTALL).lower().split())


def _each(template: str, *types: str) -> dict[str, str]:
    return dict.fromkeys(types, template)


@cache
def _parsed(template: str, dialect: str) -> exp.Expr:
    """The AST of a template, parsed once; ``transform`` copies it."""
    return parse_one(template, dialect=dialect)


def _strings(value: Sequence[str]) -> list[str]:
    return list(value)


def _plain_literal(value: Value) -> exp.Expr:
    if isinstance(value, str):
        return exp.Literal.string(value)
    if isinstance(value, int | float):
        return exp.Literal.number(repr(value))
    if isinstance(value, dt.datetime):
        return exp.cast(exp.Literal.string(_iso(value)), "timestamp")
    return exp.Array(expressions=[exp.Literal.string(item) for item in value])


def _iso(moment: dt.datetime) -> str:
    return moment.isoformat(sep=" ")


def _duckdb_bound(value: Value) -> object:
    return value if isinstance(value, str | int | float | dt.datetime) else _strings(value)


_DUCKDB_SMALL = ("tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger")
_DUCKDB_LARGE = ("ubigint", "hugeint", "uhugeint")

DUCKDB = Dialect(
    name="duckdb",
    same="x COLLATE C",
    ordered="x COLLATE C",
    any_of="x COLLATE C IN (SELECT UNNEST(:v))",
    number=(
        f"CASE WHEN LENGTH(CAST(x AS TEXT)) <= {RATING_CHARACTERS} AND REGEXP_MATCHES(CAST(x AS TEXT), '{_NUMBER}')"
        " THEN CAST(TRIM(CAST(x AS TEXT), ' ') AS DOUBLE) END"
    ),
    moment="x",
    nulls_first=False,
    bound=_duckdb_bound,
    literal=_plain_literal,
    texts=_each("x", "varchar")
    | _each("x COLLATE C", "folded varchar")
    | _each("CAST(x AS TEXT)", "null", "enum", "uuid", "json", "decimal", *_DUCKDB_SMALL, *_DUCKDB_LARGE),
    integers=_each("x", *_DUCKDB_SMALL) | _each("CAST(x AS BIGINT)", "null", *_DUCKDB_LARGE),
    moments=_each("x", "timestamp")
    | _each("CAST(x AS TIMESTAMP)", "null", "date", "timestamp_s", "timestamp_ms")
    | _each("x AT TIME ZONE 'UTC'", "timestamp with time zone"),
    floats=_each("x", "float", "double"),
)


def _sqlite_bound(value: Value) -> str | int | float:
    if isinstance(value, dt.datetime):
        return microseconds(value)
    return value if isinstance(value, str | int | float) else json.dumps(_strings(value), ensure_ascii=False)


def _sqlite_literal(value: Value) -> exp.Expr:
    return _plain_literal(_sqlite_bound(value))


_SQLITE_ANY = ("integer", "real", "numeric", "blob")
"""Affinities of columns that can hold anything; text is exact in them if it is no number."""

SQLITE = Dialect(
    name="sqlite",
    same="x COLLATE BINARY",
    ordered="x COLLATE BINARY",
    any_of="x COLLATE BINARY IN (SELECT value FROM JSON_EACH(:v))",
    # A GLOB stops at a NUL character and LENGTH does too; the length in bytes does not.
    number=(
        f"CASE WHEN LENGTH(CAST(x AS BLOB)) <= {RATING_CHARACTERS} AND LENGTH(CAST(x AS BLOB)) = LENGTH(x)"
        " AND TRIM(x, ' ') GLOB '*[0-9]*' AND NOT TRIM(x, ' ') GLOB '*[^0-9.]*' AND NOT x GLOB '*.*.*'"
        " THEN CAST(TRIM(x, ' ') AS REAL) END"
    ),
    # SQLite has no timestamps: the source gives it this function, exact to the microsecond.
    moment="MICROSECONDS(x)",
    nulls_first=True,
    bound=_sqlite_bound,
    literal=_sqlite_literal,
    # Values are checked as they are read. This is another function that the source gives.
    texts=_each("x", "text")
    | _each("x COLLATE BINARY", "folded text")
    | _each("SHOWN(x)", "mixed text", "uuid", *_SQLITE_ANY),
    integers=_each("x", *_SQLITE_ANY),
    moments=_each("x", "text", "folded text", "mixed text", *_SQLITE_ANY),
    floats={},
)


def _as_it_is(value: Value) -> object:
    return value


def _postgres_literal(value: Value) -> exp.Expr:
    if isinstance(value, str | int | float | dt.datetime):
        return _plain_literal(value)
    return exp.Literal.string(postgres_array(tuple(value)))


@lru_cache(maxsize=1)
def postgres_array(values: tuple[str, ...]) -> str:
    """A text[] in PostgreSQL's own notation (documentation, "Array Value Input"): one literal for any length.

    The last is kept: all SELECTs of an export have the same list.
    """
    quoted = ('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return "{" + ",".join(quoted) + "}"


POSTGRES = Dialect(
    name="postgres",
    same="x",
    ordered='x COLLATE "C"',
    any_of="x = ANY(CAST(:v AS TEXT[]))",
    number=(
        f"CASE WHEN LENGTH(CAST(x AS TEXT)) <= {RATING_CHARACTERS} AND CAST(x AS TEXT) ~ '{_NUMBER}'"
        " THEN CAST(TRIM(BOTH ' ' FROM CAST(x AS TEXT)) AS DOUBLE PRECISION) END"
    ),
    views_are_kept=True,
    moment="x",
    nulls_first=False,
    bound=_as_it_is,
    literal=_postgres_literal,
    texts=_each("x", "text", "varchar")
    | _each('x COLLATE "C"', "folded text", "folded varchar")
    # A cast would take off the spaces that fill a char(n) up.
    | _each("TEXTIN(BPCHAROUT(x))", "bpchar")
    | _each("CAST(x AS TEXT)", "citext", "name", "enum", "uuid", "json", "jsonb", "int2", "int4", "int8", "numeric"),
    # A cast of numeric alone would round.
    integers=_each("x", "int2", "int4", "int8") | _each("CAST(CAST(x AS TEXT) AS BIGINT)", "numeric"),
    moments=_each("x", "timestamp")
    | _each("CAST(x AS TIMESTAMP)", "date")
    | _each("x AT TIME ZONE 'UTC'", "timestamptz"),
    floats=_each("x", "float4", "float8"),
)


def _mysql_text(value: str) -> str:
    """A text as MySQL takes it whatever its sql_mode: no quote, no backslash (reference, "Hexadecimal Literals")."""
    return f"_utf8mb4 x'{value.encode().hex()}'"


def _mysql_literal(value: Value) -> exp.Expr:
    # As one bare node, since a list may have 100,000 of them; hexadecimal digits are all that comes from outside.
    if isinstance(value, str):
        return exp.Var(this=_mysql_text(value))
    if isinstance(value, int | float):
        return exp.Literal.number(repr(value))
    if isinstance(value, dt.datetime):
        return exp.Var(this=f"TIMESTAMP'{_iso(value)}'")
    return exp.Var(this=_mysql_texts(tuple(value)))


@lru_cache(maxsize=1)
def _mysql_texts(values: tuple[str, ...]) -> str:
    """Texts as a list; the last is kept: all SELECTs of an export have the same one."""
    return ", ".join(map(_mysql_text, values)) or "NULL"


def _mysql_float() -> str:
    """A float of four bytes as the double of its fewest digits; MySQL itself would write six, and leave out the rest.

    Nine digits are always enough, so the last resort is for numbers whose digits it cannot round.
    """
    double = "CAST(x AS DOUBLE)"
    six = "CAST(CAST(x AS CHAR) AS DOUBLE)"
    more = (f"ROUND({double}, {digits} - CEIL(LOG10(ABS(x))))" for digits in (7, 8, 9))
    cases = (f"WHEN CAST({fewer} AS FLOAT) = x THEN {fewer}" for fewer in (six, *more))
    return f"CASE {' '.join(cases)} ELSE {double} END"


_TYPED = "TRIM(BOTH ' ' FROM CAST(x AS CHAR))"

MYSQL = Dialect(
    name="mysql",
    same="x",
    ordered="x",
    any_of="x IN (:v)",
    # No `$` and no backslash: the one matches before a last line break, the other is read by sql_mode.
    number=(
        f"CASE WHEN CHAR_LENGTH(CAST(x AS CHAR)) <= {RATING_CHARACTERS} AND REGEXP_INSTR({_TYPED}, '[0-9]') > 0"
        f" AND REGEXP_INSTR({_TYPED}, '[^0-9.]') = 0"
        f" AND CHAR_LENGTH({_TYPED}) - CHAR_LENGTH(REPLACE({_TYPED}, '.', '')) <= 1"
        f" THEN CAST({_TYPED} AS DOUBLE) END"
    ),
    moment="x",
    least_moment=dt.datetime(1, 1, 1),  # noqa: DTZ001 - naive UTC throughout
    nulls_first=True,
    bound=_as_it_is,
    literal=_mysql_literal,
    # The bytes of UTF-8 compare as code points do, whatever folds or pads the text itself.
    texts=_each("x", "text")
    | _each("CAST(CONVERT(x USING utf8mb4) AS BINARY)", "folded text", "json")
    | _each("CAST(x AS BINARY)", "null", "int", "decimal"),
    made_text="bytes",
    # A cast of decimal alone would round.
    integers=_each("x", "int", "null") | _each("CASE WHEN x = FLOOR(x) THEN CAST(x AS SIGNED) END", "decimal"),
    moments=_each("x", "datetime") | _each("CAST(x AS DATETIME)", "null", "date"),
    floats={"double": "x", "float": _mysql_float()},
)
"""MySQL and MariaDB, by the types of ``sources/mysql_types.py``."""
