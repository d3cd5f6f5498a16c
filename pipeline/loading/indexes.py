"""The indexes that the filters need, as ``sql/indexes`` has them for each database."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp, parse

from pipeline.sql_files import sql_text


@dataclass(frozen=True, kw_only=True)
class Index:
    """An index that a filter needs."""

    name: str
    table: str
    keys: tuple[str, ...]
    """Names of columns, or expressions, as the database writes them."""
    create: exp.Create

    @property
    def is_of_columns(self) -> bool:
        """Whether its keys can be told from those of other indexes; databases write expressions their own way."""
        return not any(key.startswith(("(", "CASE")) for key in self.keys)


Build = Callable[[Index], None]
"""Builds an index; it is there when this returns."""


def indexes_for(dialect: str) -> tuple[Index, ...]:
    """The indexes of a database, in the order of their file."""
    parsed = parse(sql_text(f"indexes/{dialect}.sql"), dialect=dialect)
    return tuple(_index(create, dialect) for create in parsed if isinstance(create, exp.Create))


def _index(create: exp.Create, dialect: str) -> Index:
    index = create.this
    keys = (key.this.sql(dialect) for key in index.args["params"].args["columns"])
    return Index(name=index.name, table=index.args["table"].name, keys=tuple(keys), create=create)
