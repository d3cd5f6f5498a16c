"""What a dataset declares: its filters, what it reads, how its records nest, its flat columns and its sheets."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Generic, TypeVar

import polars as pl
from sqlglot import exp

from pipeline.arranged import RECORDS, Arranged, ColumnKey
from pipeline.chunks import Rows
from pipeline.datasets.tally import Tally
from pipeline.dialects import Dialect, Value
from pipeline.errors import FilterError, FilterProblem
from pipeline.filters import ExportFilters, UpdatedFilters
from pipeline.paging import decode_page
from pipeline.query import Plan, Statement, TableQuery, Views, beyond, count_all, view_name
from pipeline.schema import HOTELS, Column, Kind

F = TypeVar("F", bound=ExportFilters)


@dataclass(frozen=True, kw_only=True)
class Group:
    """One object nested in a record, made of columns of the records' frame."""

    name: str
    fields: tuple[tuple[str, Column], ...]
    """The name of the field, and the column that it is."""


@dataclass(frozen=True, kw_only=True)
class Children:
    """A list of objects nested in a record: the rows of a frame of the same name with the record's key."""

    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, kw_only=True)
class RecordShape:
    """A nested record: its own fields, then its groups, then its children."""

    key: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...] = ()
    children: tuple[Children, ...] = ()

    def hashed(self) -> Iterator[ColumnKey]:
        """Frame and name of every column that tells records apart: what they show, and how children are found."""
        yield from self.shown()
        yield from ((children.name, self.key) for children in self.children)

    def shown(self) -> Iterator[ColumnKey]:
        """Frame and name of every column that a record shows."""
        for column in (*self.columns, *(column for group in self.groups for _, column in group.fields)):
            yield RECORDS, column.name
        for children in self.children:
            yield from ((children.name, column.name) for column in children.columns)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet of a workbook: a row a row of a pulled table."""

    name: str
    table: str
    """The pulled table that it has a row for each row of."""
    columns: tuple[Column, ...]
    frame: str
    """The name of the arranged frame that has the sheet's rows."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Series over labels, ready to plot."""

    id: str
    title: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]
    """Name and values of each."""
    type: str = "bar"


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """Predicates under way: expressions on a view's columns, and the values that they compare with."""

    dialect: Dialect
    where: list[exp.Expr] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)

    def any_of(self, column: str, name: str, values: tuple[str, ...] | None) -> None:
        """The column is one of the values; None is no condition."""
        if values is not None:
            self.where.append(self.dialect.say(self.dialect.any_of, exp.column(column), name))
            self.values[name] = values

    def between(
        self, template: str, column: str, low: tuple[str, Value | None], high: tuple[str, Value | None]
    ) -> None:
        """The column, read through a template, is in a range; both ends are in, None is open."""
        for (name, value), compare in ((low, exp.GTE), (high, exp.LTE)):
            if value is not None:
                read = self.dialect.say(template, exp.column(column))
                self.where.append(compare(this=read, expression=exp.Placeholder(this=name)))
                self.values[name] = value

    def updated(self, filters: UpdatedFilters) -> None:
        """updated_at is in the filters' range."""
        first, last = filters.updated_from, filters.updated_to
        if last is not None:
            first = first or self.dialect.least_moment
        self.between(self.dialect.moment, "updated_at", ("date_from", first), ("date_to", last))

    def has(self, view: str, where: Iterable[exp.Expr] = ()) -> None:
        """Some row of another view with the same ittid meets conditions.

        A semi-join on a set rather than an EXISTS: without an index on ittid, a database builds the set once, where it
        would run the EXISTS for every row.
        """
        members = exp.select("ittid").from_(view_name(view)).where(*where)
        ittid = self.dialect.say(self.dialect.same, exp.column("ittid"))
        self.where.append(exp.In(this=ittid, query=members.subquery()))

    def page(self, filters: ExportFilters, until: tuple[Value, ...] | None, columns: tuple[Column, ...]) -> None:
        """The record stands after the page before, and not after the last of this one."""
        if filters.after is not None:
            self._bound("after", page_values(filters.after, columns), columns, above=True)
        if until is not None:
            self._bound("until", until, columns, above=False)

    def _bound(self, name: str, ends: tuple[Value, ...], columns: tuple[Column, ...], *, above: bool) -> None:
        """The record stands after a record in the order (``above``), or not after it."""
        names = tuple(f"{name}_{column.name}" for column in columns)
        self.where.append(beyond(columns, names, self.dialect, above=above))
        self.values.update(zip(names, ends, strict=True))


def page_values(token: str, columns: tuple[Column, ...]) -> tuple[str | int, ...]:
    """The order values in a page token, checked against the order's columns.

    Raises:
        FilterError: The token is of another export.

    """
    values = decode_page(token) or ()
    kinds = [str if column.kind is Kind.TEXT else int for column in columns]
    if [type(value) for value in values] != kinds:
        wanted = "give the `next` of the manifest before, of an export of the same type"
        problem = FilterProblem(field="after", value=token, wanted=wanted)
        raise FilterError(str(problem), problems=(problem,))
    return values


@dataclass(frozen=True)
class Dataset(ABC, Generic[F]):
    """One export: the filters given, and what follows from them. It pickles, and holds no connection."""

    filters: F

    name: ClassVar[str]
    model: ClassVar[type[ExportFilters]]
    suppliers_view: ClassVar[str]
    """The view whose provider_name holds the suppliers that there are."""
    has_charts: ClassVar[bool] = False
    """Whether there are charts of it."""
    leaves_out_orphans: ClassVar[bool] = False
    """Whether its records are all hotels when nothing narrows it: what it leaves out then are orphans."""

    @abstractmethod
    def plan(self, reading: "Reading") -> Plan:
        """What is to be read."""

    @property
    @abstractmethod
    def shape(self) -> RecordShape:
        """How a record nests."""

    @property
    @abstractmethod
    def flat_columns(self) -> tuple[Column, ...]:
        """The columns of a flat record, in order."""

    @abstractmethod
    def sheets(self, columns: tuple[Column, ...] | None) -> tuple[Sheet, ...]:
        """The sheets of a workbook, the main one first; ``columns`` stand for the main sheet's own if given."""

    @property
    def flat_table(self) -> str:
        """The pulled table that flat records have a row for each row of."""
        return self.sheets(None)[0].table

    @abstractmethod
    def arrange(self, rows: Rows) -> Arranged:
        """Pulled tables → records, one frame for each of the shape's children, and those that sheets show beside."""

    def flat(self, arranged: Arranged) -> pl.DataFrame:
        """Flat records, one row each, in order."""
        return arranged.frames[RECORDS].select_seq(column.name for column in self.flat_columns)

    @abstractmethod
    def tally(self, arranged: Arranged) -> Tally:
        """Key metrics of a chunk; those of all chunks add up."""

    def charts(self, tally: Tally) -> tuple[Chart, ...] | None:
        """Charts of the whole export; None for a dataset that has none."""
        del tally
        return None

    def unrated(self, reading: "Reading") -> Statement | None:
        """One row: how many records a rating filter would pass over since their rating is no number."""
        del reading
        return None

    def orphan_views(self) -> tuple[str, ...]:
        """The views whose rows may point to a hotel that is gone, where that must be asked for."""
        return ()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a plan depends on beside the filters."""

    dialect: Dialect
    suppliers: tuple[str, ...] | None
    """The suppliers' exact names; None is no restriction, an empty tuple matches nothing."""
    until: tuple[str | int, ...] | None = None
    """The order values of the last record of a page."""
    for_sheets: bool = False
    """Whether all that the sheets of a workbook show is wanted."""
    views: Views = field(default_factory=dict)
    text_ids: frozenset[str] = frozenset()
    """The views whose ids are text."""

    def plan(
        self, *, key: str, records: TableQuery, related: tuple[TableQuery, ...], values: Mapping[str, Value]
    ) -> Plan:
        """A plan of these tables, for this database and these views."""
        return Plan(
            key=key,
            records=records,
            related=related,
            values=values,
            dialect=self.dialect,
            views=self.views,
            text_ids=self.text_ids,
        )

    def id_of(self, view: str) -> Column:
        """The column that orders children, as it is in this view."""
        (column,) = HOTELS.pick("id")
        return replace(column, kind=Kind.TEXT) if view in self.text_ids else column


def count_rows(view: str) -> exp.Select:
    """SELECT COUNT(*) of a view, as ``records``."""
    return exp.select(count_all()).from_(view_name(view))


def of_hotels(view: str, plan: Plan) -> Statement:
    """How many rows of a view are of a hotel that is there; all others are orphans.

    A set, since that is what every database can look keys up in without an index of their collation.
    """
    conditions = Conditions(dialect=plan.dialect)
    conditions.has("hotels")
    return plan.statement(count_rows(view).where(*conditions.where))
