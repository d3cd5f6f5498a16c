"""Which filters have the index that they need, and what each costs by the database's own plan of its counting.

The moment that is looked at is let go before anything is built: PostgreSQL waits for all older ones.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlglot import exp, parse_one

from pipeline.datasets import DATASETS
from pipeline.datasets.base import Reading
from pipeline.dialects import Dialect
from pipeline.lazy import load
from pipeline.loading.indexes import Build, Index, indexes_for
from pipeline.paging import encode_page
from pipeline.plans import Cost, cost_of
from pipeline.prepare import prepare
from pipeline.query import Plan, Statement, view_name, with_views
from pipeline.schema import CATALOGUE, Column, Kind
from pipeline.sources.base import Snapshot, Source
from pipeline.sql_files import sql_text
from pipeline.url import Url

_BUILDERS = {
    "postgres": ("pipeline.loading.postgres:open_builder", "postgres"),
    "mysql": ("pipeline.loading.mysql:open_builder", "mysql"),
    "sqlite": ("pipeline.loading.sqlite:open_builder", ""),
}
"""By the dialect of a source that wants indexes: what builds them, and the extra that brings what it needs."""

_FOUND = (
    *(Column(name="table_name"), Column(name="index_name"), Column(name="place", kind=Kind.INTEGER)),
    *(Column(name="key_name"), Column(name="code_point_key")),
)

Keys = Mapping[int, frozenset[str | None]]
"""The keys of an index by their places from 1 on, each by all names that it has."""


@dataclass(frozen=True, kw_only=True)
class Use:
    """What an export looks up by an index."""

    dataset: str
    filter: str
    table: str
    """The table whose column is looked up."""
    column: str
    indexes: tuple[str, ...]
    """The names of the indexes that serve; the first that a database's file has is wanted."""
    counts: str = ""
    """The table whose rows are counted; the records if none is said."""

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.dataset} by {self.filter}" if not self.counts else f"{self.counts} of hotels by {self.filter}"


def _use(index: str, dataset: str, name: str, *others: str, counts: str = "") -> Use:
    """A use by an index whose name is that of its table and column."""
    table, column = next((t.name, c) for t in CATALOGUE for c in t.names if index == f"{t.name}_{c}")
    return Use(dataset=dataset, filter=name, table=table, column=column, indexes=(*others, index), counts=counts)


USES = (
    _use("hotels_ittid", "hotels", "ittids"),
    _use("hotels_ittid", "hotels", "after", "hotels_page"),
    _use("hotels_updated_at", "hotels", "date_from"),
    _use("hotels_property_type", "hotels", "property_types"),
    _use("hotels_rating", "hotels", "min_rating"),
    _use("locations_country_code", "hotels", "country_codes"),
    _use("provider_mappings_provider_name", "hotels", "suppliers"),
    _use("locations_ittid", "hotels", "ittids", counts="locations"),
    _use("contacts_ittid", "hotels", "ittids", counts="contacts"),
    _use("provider_mappings_ittid", "mappings", "ittids"),
    _use("provider_mappings_provider_name", "mappings", "suppliers"),
    _use("provider_mappings_updated_at", "mappings", "date_from"),
)
"""Every filter that can be looked up."""


@dataclass(frozen=True, kw_only=True)
class Examined:
    """A use, as a catalogue has it now."""

    use: Use
    index: Index | None
    """The index that it wants; None when this database can have none."""
    there: str | None
    """The name of an index that serves."""
    cost: Cost | None
    """Of counting what has one value of the catalogue's own; None when there is no value."""

    @property
    def is_missing(self) -> bool:
        """Whether an index would serve, and is not there."""
        return self.index is not None and self.there is None


def wants_indexes(source: Source) -> bool:
    """Whether there are indexes for the filters of this kind of database."""
    return source.dialect.name in _BUILDERS


def examine(source: Source) -> tuple[Examined, ...]:
    """Look at every use, in one moment; nothing is written.

    Raises:
        CatalogueMismatch: A table or column that exports need is not there.
        SourceError: The catalogue cannot be read.

    """
    wanted = {index.name: index for index in indexes_for(source.dialect.name)}
    with source.snapshot() as snapshot:
        hotels = DATASETS["hotels"]
        reading = prepare(source, snapshot, hotels(hotels.model())).reading
        found = _found(snapshot, source.dialect)
        return tuple(_examined(snapshot, reading, use, wanted, found) for use in USES)


def missing(examined: tuple[Examined, ...]) -> tuple[Index, ...]:
    """The indexes that are to be built, each once."""
    return tuple({one.index.name: one.index for one in examined if one.index and one.is_missing}.values())


def open_builder(url: str, source: Source) -> AbstractContextManager[Build]:
    """Open a catalogue to build indexes in it, each at once or not at all.

    Raises:
        SourceUnavailable: It cannot be reached.
        OutputError: An index cannot be built, or the user may not.

    """
    place, extra = _BUILDERS[source.dialect.name]
    return cast("AbstractContextManager[Build]", load(place, extra=extra)(Url.of(url)))


def _found(snapshot: Snapshot, dialect: Dialect) -> Mapping[tuple[str, str], Keys]:
    """The keys of every index, by table and name."""
    select = parse_one(sql_text(f"indexes/found.{dialect.name}.sql"), dialect=dialect.name, into=exp.Select)
    found: dict[tuple[str, str], dict[int, frozenset[str | None]]] = {}
    for table, name, place, *names in snapshot.read(Statement(select=select, values={}), _FOUND, "indexes").rows():
        found.setdefault((table, name), {})[place] = frozenset(names)
    return found


def _examined(
    snapshot: Snapshot,
    reading: Reading,
    use: Use,
    wanted: Mapping[str, Index],
    found: Mapping[tuple[str, str], Keys],
) -> Examined:
    index = next((wanted[name] for name in use.indexes if name in wanted), None)
    there = None if index is None else next(_serving(index, found), None)
    return Examined(use=use, index=index, there=there, cost=_cost(snapshot, reading, use))


def _serving(index: Index, found: Mapping[tuple[str, str], Keys]) -> Iterator[str]:
    """The names of the indexes that begin as this one; one of an expression is known by its name."""
    for (table, name), keys in found.items():
        is_same = all(key in keys.get(place, ()) for place, key in enumerate(index.keys, 1))
        is_named = name == index.name and not any(key and key.isidentifier() for key in keys.get(1, ()))
        if table == index.table and (is_same if index.is_of_columns else is_named):
            yield name


def _cost(snapshot: Snapshot, reading: Reading, use: Use) -> Cost | None:
    sample = snapshot.read(_sample(reading, use), (_column(use),), use.table)
    if sample.is_empty():
        return None
    plan = replace(_plan(reading, use, sample.item()), is_semi_joined=True)
    (table,) = (table for table in plan.tables if table.name == (use.counts or plan.records.name))
    statement = plan.row_count(table)
    return cost_of(snapshot.explain(statement), use.table, reading.dialect.name)


def _column(use: Use) -> Column:
    return next(table for table in CATALOGUE if table.name == use.table).pick(use.column)[0]


def _sample(reading: Reading, use: Use) -> Statement:
    """One row: a value that few rows have. The rarest of those that repeat, the greatest of the others."""
    column, dialect = exp.column(use.column), reading.dialect
    ranked = dialect.say(dialect.number, column) if use.filter == "min_rating" else column
    select = exp.select(column).from_(view_name(use.table)).where(ranked.is_(exp.null()).not_()).limit(1)
    if use.column in ("country_code", "property_type", "provider_name"):
        select = select.group_by(column).order_by(exp.Count(this=exp.Star()))
    else:
        # Where NULLs would go is said the way that adds no words, and so keeps to the order of an index.
        select = select.order_by(exp.Ordered(this=ranked.copy(), desc=True, nulls_first=not dialect.nulls_first))
    return Statement(select=with_views(select, reading.views), values={})


_READ_AS: Mapping[str, Callable[[Any], object]] = {
    "date_from": lambda moment: moment,
    "after": lambda ittid: encode_page((ittid,)),
    "min_rating": float,
}
"""What a filter that is no list makes of a value of the column."""


def _plan(reading: Reading, use: Use, value: object) -> Plan:
    """What an export with this filter reads. The value is the catalogue's own, so it keeps to no rule."""
    dataset = DATASETS[use.dataset]
    if use.filter == "suppliers":
        return dataset(dataset.model()).plan(replace(reading, suppliers=(str(value),)))
    filters: dict[str, Any] = {use.filter: _READ_AS.get(use.filter, lambda given: (given,))(value)}
    return dataset(dataset.model.model_construct(**filters)).plan(reading)
