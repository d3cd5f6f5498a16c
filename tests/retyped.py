"""Columns given other types, in each database's own words; the tests say PostgreSQL's."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from pipeline.schema import CATALOGUE, Kind
from tests.loading.rows import change
from tests.stored import TYPES

_MYSQL = {
    "double precision": "double",
    "real": "float",
    "text": TYPES["mysql"][Kind.TEXT],
    "timestamptz": "timestamp(6) NULL",
    "boolean": "bit(1)",  # what it calls boolean is a number
    "bytea": "longblob",
}

Named = Mapping[str, str]
"""Something for each of some columns, called ``table.column``."""


def source_of(url: str) -> str:
    """The source that a URL is of."""
    scheme = urlsplit(url).scheme
    return "postgres" if scheme == "postgresql" else scheme


def retyped(url: str, types: Named, values: Named | None = None) -> None:
    """Give columns other types, and what is said for each as its value; SQLite's tables are made anew with these."""
    for table in dict.fromkeys(named.partition(".")[0] for named in types):
        kinds, given = _of(table, types), _of(table, values or {})
        change(url, *_WORDS[source_of(url)](table, kinds, given))


def enum(url: str, name: str, values: Sequence[str]) -> str:
    """A type of these values, by its name where it must have one."""
    said = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    if source_of(url) == "mysql":
        return f"enum({said}) CHARACTER SET utf8mb4"
    change(url, f"CREATE TYPE {name} AS ENUM ({said})")
    return name


def _of(table: str, named: Named) -> Named:
    return {one.partition(".")[2]: what for one, what in named.items() if one.startswith(f"{table}.")}


def _altered(table: str, kinds: Named, values: Named) -> Iterator[str]:
    for column, kind in kinds.items():
        value = values.get(column, column)
        yield f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} USING ({value})::{kind}"


def _replaced(table: str, kinds: Named, values: Named) -> Iterator[str]:
    """MySQL changes a type without asking for a value: so a column of that type takes the place of the other."""
    for column, kind in kinds.items():
        yield f"ALTER TABLE {table} ADD COLUMN replaced {_MYSQL.get(kind, kind)}"
        yield f"UPDATE {table} SET replaced = {values.get(column, column)}"
        yield f"ALTER TABLE {table} DROP COLUMN {column}"
        yield f"ALTER TABLE {table} RENAME COLUMN replaced TO {column}"


def _made_anew(table: str, kinds: Named, values: Named) -> Iterator[str]:
    columns = next(spec.columns for spec in CATALOGUE if spec.name == table)
    yield f"ALTER TABLE {table} RENAME TO old"
    plain = TYPES["sqlite"]
    typed = (f"{column.name} {kinds.get(column.name, plain[column.kind])}" for column in columns)
    yield f"CREATE TABLE {table} ({', '.join(typed)})"
    yield f"INSERT INTO {table} SELECT {', '.join(values.get(c.name, c.name) for c in columns)} FROM old"
    yield "DROP TABLE old"


_WORDS = {"duckdb": _altered, "postgres": _altered, "mysql": _replaced, "sqlite": _made_anew}
