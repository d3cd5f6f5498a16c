"""The contract held against a catalogue before anything is read of it: every column there, of a type that will do.

The database is asked for the columns of each view, which costs it no row. A view whose columns have the contract's
types stays as it is, with its indexes; one that differs in a harmless way gets the casts that its columns need.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from pipeline.conform import refuse_missing, refuse_type
from pipeline.dialects import Dialect, plain_type
from pipeline.errors import CatalogueMismatch, SourceError, SourceUnavailable
from pipeline.query import Statement, Views, view_of, views_behind, with_views
from pipeline.schema import VIEWS, Column, Kind
from pipeline.sources.base import Snapshot

_AS_IT_IS = "x"

Described = Sequence[tuple[str, str]]
"""Names and types, as the database calls them."""


@dataclass(frozen=True, kw_only=True)
class CheckedViews:
    """The views of an export as they are to be read."""

    views: Views
    text_ids: frozenset[str]
    """Those whose ids are text: they order by code point."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """How a column of the contract is reached from what was found."""

    column: Column
    name: str
    template: str
    kind: Kind

    @property
    def plain(self) -> bool:
        """Whether it stands there under its own name and as it is."""
        return (self.name, self.template) == (self.column.name, _AS_IT_IS)

    def said(self, dialect: Dialect) -> exp.Expr:
        """The column as the contract has it."""
        if self.plain:
            return exp.column(self.name)
        found = exp.column(exp.to_identifier(self.name, quoted=True))
        return exp.alias_(dialect.say(self.template, found), self.column.name)


def check_views(snapshot: Snapshot, dialect: Dialect, names: Iterable[str], given: Views) -> CheckedViews:
    """Look at the columns of views, and of the views behind them.

    Args:
        snapshot: What is asked for them.
        dialect: What the types of its database hold.
        names: The views that are to be read.
        given: Views that stand in for Bellhop's own.

    Raises:
        CatalogueMismatch: A view cannot be read; a column is missing, is there twice, or has a type that will not do.

    """
    views, text_ids, cast = dict(given), set[str](), set[str]()
    for name in views_behind(names, given):
        select = view_of(name, given)
        columns = _columns_of(snapshot, name, with_views(select, views))
        if cast & {*views_behind((name,), given)}:
            columns = [(column, "text" if kind == dialect.made_text else kind) for column, kind in columns]
        matches = [_match(name, column, columns, dialect) for column in VIEWS[name]]
        if not all(one.plain for one in matches):
            cast.add(name)
            views[name] = exp.select(*(one.said(dialect) for one in matches)).from_(select.subquery("found"))
        if any(one.column.name == "id" and one.kind is Kind.TEXT for one in matches):
            text_ids.add(name)
    return CheckedViews(views=views, text_ids=frozenset(text_ids))


def _columns_of(snapshot: Snapshot, name: str, select: exp.Query) -> Described:
    try:
        return snapshot.columns_of(Statement(select=select, values={}))
    except (SourceUnavailable, CatalogueMismatch):
        raise
    except SourceError as error:
        message = (
            f"{name} cannot be read as the contract says: {error};"
            " give the table this name and these columns, or make a view that has them"
        )
        raise CatalogueMismatch(message, table=name) from error


def _match(view: str, column: Column, columns: Described, dialect: Dialect) -> Match:
    name, type_found = _named(view, column, columns)
    known = plain_type(type_found)
    for kind, types in _ways(column, dialect):
        if known in types:
            return Match(column=column, name=name, template=types[known], kind=kind)
    return refuse_type(view, column, type_found)


def _ways(column: Column, dialect: Dialect) -> tuple[tuple[Kind, Mapping[str, str]], ...]:
    """What a column may be, and of which types."""
    if column.kind is Kind.TIMESTAMP:
        return ((column.kind, dialect.moments),)
    as_text = (Kind.TEXT, {**dialect.texts, **(dialect.floats if column.inexact else {})})
    if column.kind is Kind.TEXT:
        return (as_text,)
    # Ids only order rows, which text can do too.
    return ((column.kind, dialect.integers), *((as_text,) if column.name == "id" else ()))


def _named(view: str, column: Column, columns: Described) -> tuple[str, str]:
    """The one column of this name: exactly, or else but for case."""
    exactly = [one for one in columns if one[0] == column.name]
    alike = exactly or [one for one in columns if one[0].lower() == column.name]
    if not alike:
        refuse_missing(view, column)
    if len(alike) > 1:
        message = f"{view} has {len(alike)} columns {column.name}; give each a name of its own"
        raise CatalogueMismatch(message, table=view, column=column.name, found="several", wanted="one column")
    return alike[0]
