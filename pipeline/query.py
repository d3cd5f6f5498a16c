"""From what is wanted to SQL: a plan of one export, and the SELECTs that carry it out in one dialect.

A view is a ``.sql`` file. It enters a statement as the CTE ``catalogue_<view>``; predicates, grouping and order stand
outside and use only the contract's column names, so somebody else's tables need only other files.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from sqlglot import exp, parse_one
from sqlglot.generator import Generator

from pipeline.dialects import Dialect, Value
from pipeline.schema import Column, Kind
from pipeline.sql_files import sql_text

Views = Mapping[str, exp.Query]
"""The SELECTs, by the names of the views, that stand in for Bellhop's own."""

_PREFIX = "catalogue_"
_ID = "id"
_KEYS = "keys"
_ZERO = exp.Literal.number(0)
_CANONICAL = "postgres"
_LINE_BREAK = Generator.SENTINEL_LINE_BREAK
"""What sqlglot puts for a line break while it lays a text out; a value that holds it would get a line break."""


@cache
def packaged_view(name: str) -> exp.Query:
    """The SELECT of a view as Bellhop ships it, parsed once; whoever puts it into a statement copies it."""
    text = sql_text(f"{name}.sql")
    return parse_one(text, dialect=_CANONICAL, into=exp.Select)


def view_of(name: str, views: Views) -> exp.Query:
    """The SELECT of a view: one that stands in, or Bellhop's own."""
    return views.get(name) or packaged_view(name)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One SELECT, and the values that its placeholders stand for."""

    select: exp.Query
    values: Mapping[str, Value]

    def without_rows(self) -> "Statement":
        """The same columns, and no row."""
        return Statement(select=self.select.limit(0), values=self.values)

    def bound(self, dialect: Dialect) -> tuple[str, dict[str, object]]:
        """The text with placeholders, and the values as the driver takes them."""
        names = {node.name for node in self.select.find_all(exp.Placeholder)}
        values = {name: dialect.bound(self.values[name]) for name in sorted(names)}
        return self.select.sql(dialect=dialect.name, pretty=True), values

    def literal(self, dialect: Dialect) -> str:
        """The text with every value as a literal."""

        def fill(node: exp.Expr) -> exp.Expr:
            return dialect.literal(self.values[node.name]) if isinstance(node, exp.Placeholder) else node

        filled = self.select.transform(fill)
        if dialect.views_are_kept:
            for view in filled.find_all(exp.CTE):
                view.set("materialized", False)
        marked = any(_LINE_BREAK in literal.name for literal in filled.find_all(exp.Literal))
        # Functions keep their case: that of a name in quotes matters.
        return filled.sql(dialect=dialect.name, pretty=not marked, normalize_functions=False)


@dataclass(frozen=True, kw_only=True)
class TableQuery:
    """The rows of one table that an export needs, beside being of a selected key."""

    name: str
    """What the frame of it is called."""
    view: str
    columns: tuple[Column, ...]
    """The key first."""
    order: tuple[Column, ...]
    """Beside the key; together they are unique."""
    where: tuple[exp.Expr, ...] = ()
    has_ids: bool = True
    """Whether it can be read in parts, by id."""

    @property
    def columns_read(self) -> tuple[Column, ...]:
        """Its columns, then those that only order it."""
        return tuple({column.name: column for column in (*self.columns, *self.order)}.values())


@dataclass(frozen=True, kw_only=True)
class IdRange:
    """A run of ids; None is an open end."""

    first: int | str | None
    stop: int | str | None

    def where(self, column: exp.Expr, literal: Callable[[Value], exp.Expr]) -> Iterator[exp.Expr]:
        """What a row's id, as it is ordered, must meet."""
        if self.first is not None:
            yield exp.GTE(this=column.copy(), expression=literal(self.first))
        if self.stop is not None:
            below = exp.LT(this=column.copy(), expression=literal(self.stop))
            # No id may be NULL; a row that has one falls into the first range, so that it is read, and told of.
            yield below if self.first is not None else exp.or_(below, column.is_(exp.null()))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one export reads: the records, and the rows of other tables that belong to their keys."""

    key: str
    records: TableQuery
    related: tuple[TableQuery, ...]
    values: Mapping[str, Value]
    dialect: Dialect
    views: Views = field(default_factory=dict)
    text_ids: frozenset[str] = frozenset()
    """The views whose ids are text."""
    is_semi_joined: bool = False
    """Whether the database leaves out the rows of other tables whose keys are not selected."""

    @property
    def tables(self) -> tuple[TableQuery, ...]:
        """All tables, the records first."""
        return (self.records, *self.related)

    @property
    def views_read(self) -> tuple[str, ...]:
        """The views of all tables, the records' first, and of what they are filtered by."""
        filtering = (name for table in self.tables for name in sorted(views_in(_columns(table))))
        return tuple(dict.fromkeys((*(table.view for table in self.tables), *filtering)))

    def statement(self, select: exp.Select, **values: Value) -> Statement:
        """Give a SELECT its views and its values."""
        return Statement(select=with_views(select, self.views), values={**self.values, **values})

    def row_count(self, table: TableQuery) -> Statement:
        """One row: how many rows ``as_they_come`` has."""
        return self.statement(self._semi_joined(table, _from(table, count_all())))

    def capped_count(self, table: TableQuery, most: int) -> Statement:
        """One row: how many rows of a table match, of selected keys or not; of more than ``most``, that many."""
        some = _from(table, exp.column(self.key)).limit(most)
        return self.statement(exp.select(count_all()).from_(some.subquery("counted")))

    def as_they_come(self, table: TableQuery, part: IdRange | None = None) -> Statement:
        """The rows of a table, or those with some ids, in no order: its columns, and those that order it."""
        return self._part_of(table, self._semi_joined(table, _read(table)), part)

    def all_of(self, table: TableQuery, *columns: str) -> Statement:
        """Columns of all rows of a table's view, whatever is asked for."""
        return self.statement(exp.select(*map(exp.column, columns)).from_(view_name(table.view)))

    def keys(self, part: IdRange) -> Statement:
        """The keys of the records with these ids, without order, perhaps repeated."""
        return self._part_of(self.records, self.selected(), part)

    def of_keys(self, table: TableQuery, keys: Sequence[str]) -> Statement:
        """The rows of some selected keys, as ``as_they_come`` has them."""
        among = self.dialect.say(self.dialect.any_of, exp.column(self.key), _KEYS)
        return self.statement(_read(table).where(among), **{_KEYS: keys})

    def of_keys_alone(self) -> "Plan":
        """The same rows, their keys and nothing else."""
        records, *related = (replace(table, columns=table.columns[:1], order=()) for table in self.tables)
        return replace(self, records=records, related=tuple(related))

    def _part_of(self, table: TableQuery, select: exp.Select, part: IdRange | None) -> Statement:
        return self.statement(select.where(*part.where(self._id(table), self.dialect.literal)) if part else select)

    def id_bounds(self, table: TableQuery) -> Statement:
        """One row: the least id and the greatest that ``as_they_come`` has."""
        select = _from(table, _named(exp.Min, "least"), _named(exp.Max, "greatest"))
        return self.statement(self._semi_joined(table, select))

    def every_nth_id(self, table: TableQuery, step: int) -> Statement:
        """Every ``step``-th id in order, of those that ``as_they_come`` has."""
        in_order = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=[self._id(table)]))
        numbered = _from(table, exp.column(_ID), exp.alias_(in_order, "place"))
        numbered = self._semi_joined(table, numbered)
        nth = exp.EQ(this=exp.Mod(this=exp.column("place"), expression=exp.Literal.number(step)), expression=_ZERO)
        return self.statement(exp.select(_ID).from_(numbered.subquery("numbered")).where(nth).order_by("place"))

    def selected(self) -> exp.Select:
        """The keys of the records, without order, perhaps repeated."""
        return _from(self.records, exp.column(self.key))

    def rows(self, table: TableQuery) -> Statement:
        """All rows of a table in order."""
        return self.statement(self._in_order(table, self._of_selected(table, _columns(table))))

    def page(self, limit: int) -> Statement:
        """The order values of the record that ends a page, and of one more if there is one."""
        columns = (self._key_column, *self.records.order)
        select = _from(self.records, *(exp.column(column.name) for column in columns))
        return self.statement(select.order_by(*self._order(columns)).limit(2).offset(limit - 1))

    @property
    def _key_column(self) -> Column:
        return self.records.columns[0]

    def _semi_joined(self, table: TableQuery, select: exp.Select) -> exp.Select:
        return self._of_selected(table, select) if self.is_semi_joined else select

    def _of_selected(self, table: TableQuery, select: exp.Select) -> exp.Select:
        if table is self.records:
            return select
        key = self.dialect.say(self.dialect.same, exp.column(self.key))
        return select.where(exp.In(this=key, query=self.selected().subquery()))

    def _in_order(self, table: TableQuery, select: exp.Select) -> exp.Select:
        return select.order_by(*self._order((self._key_column, *table.order)))

    def _order(self, columns: Iterable[Column]) -> list[exp.Expr]:
        return [self._ascending(column) for column in columns]

    def _ascending(self, column: Column) -> exp.Expr:
        named = exp.column(column.name)
        ordered = self._ordered(named) if column.kind is Kind.TEXT else named
        # The columns of an order are never NULL; where NULLs would go is said the way that adds no words.
        return exp.Ordered(this=ordered, nulls_first=self.dialect.nulls_first)

    def _id(self, table: TableQuery) -> exp.Expr:
        """The id of a table's rows, as it is ordered."""
        return self._ordered(exp.column(_ID)) if table.view in self.text_ids else exp.column(_ID)

    def _ordered(self, column: exp.Expr) -> exp.Expr:
        return self.dialect.say(self.dialect.ordered, column)


def _columns(table: TableQuery) -> exp.Select:
    return _from(table, *(exp.column(column.name) for column in table.columns))


def _from(table: TableQuery, *expressions: exp.Expr) -> exp.Select:
    select = exp.select(*expressions).from_(view_name(table.view))
    return select.where(*table.where) if table.where else select


def _read(table: TableQuery) -> exp.Select:
    return _from(table, *(exp.column(column.name) for column in table.columns_read))


def _named(aggregate: type[exp.AggFunc], name: str) -> exp.Expr:
    return exp.alias_(aggregate(this=exp.column(_ID)), name)


def count_all() -> exp.Expr:
    """How many rows there are, as ``records``."""
    return exp.alias_(exp.Count(this=exp.Star()), "records")


def view_name(view: str) -> str:
    """What the CTE of a view is called."""
    return _PREFIX + view


def with_views(select: exp.Query, views: Views) -> exp.Query:
    """Put the views that a SELECT names in front of it, as CTEs."""
    for name in views_behind(sorted(views_in(select)), views):
        select = select.with_(view_name(name), as_=view_of(name, views))
    return select


def views_in(select: exp.Query) -> set[str]:
    """The views that a SELECT names."""
    tables = (table.name for table in select.find_all(exp.Table))
    return {name.removeprefix(_PREFIX) for name in tables if name.startswith(_PREFIX)}


def views_behind(names: Iterable[str], views: Views) -> tuple[str, ...]:
    """These views, each after those that it names itself."""
    behind = ((*views_behind(sorted(views_in(view_of(name, views))), views), name) for name in names)
    return tuple(dict.fromkeys(name for several in behind for name in several))


def beyond(columns: tuple[Column, ...], names: tuple[str, ...], dialect: Dialect, *, above: bool) -> exp.Expr:
    """Whether a row stands after a record in the order (``above``), or not after it.

    ``(a, b) > (:a, :b)`` spelled out, since not every database compares rows by code point.
    """
    column, name = columns[0], names[0]
    left: exp.Expr = exp.column(column.name)
    if column.kind is Kind.TEXT:
        left = dialect.say(dialect.ordered, left)
    strict, value = (exp.GT if above else exp.LT), exp.Placeholder(this=name)
    if len(columns) == 1:
        return exp.GT(this=left, expression=value) if above else exp.LTE(this=left, expression=value)
    rest = beyond(columns[1:], names[1:], dialect, above=above)
    tie = exp.and_(exp.EQ(this=left.copy(), expression=value.copy()), rest)
    return exp.paren(exp.or_(strict(this=left, expression=value), tie))
