"""Before the first row: who the suppliers are, where the page ends, and so what exactly is to be read."""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sqlglot import exp

from pipeline.contract import check_views
from pipeline.datasets.base import Dataset, Reading, count_rows, of_hotels
from pipeline.filters import UpdatedFilters
from pipeline.paging import encode_page
from pipeline.query import Plan, Statement, Views, view_name, with_views
from pipeline.schema import HOTELS, PROVIDER_MAPPINGS
from pipeline.scope import ALL_SUPPLIERS, EVERYTHING, Allowed, Scope, resolved
from pipeline.sources.base import Snapshot, Source, count

_NO_OTHERS: Views = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What one export reads in one snapshot."""

    plan: Plan
    reading: Reading
    scope: Scope
    next: str | None
    """Where the page after this one begins; None when this is the last."""


def prepare(  # noqa: PLR0913 - each is a thing of its own
    source: Source,
    snapshot: Snapshot,
    dataset: Dataset[Any],
    views: Views = _NO_OTHERS,
    *,
    allowed: Allowed = ALL_SUPPLIERS,
    for_sheets: bool = False,
) -> Prepared:
    """Look at the views, resolve suppliers and the end of the page in a snapshot, and plan what is to be read.

    Args:
        source: Where from.
        snapshot: The moment of it.
        dataset: What.
        views: Views that stand in for Bellhop's own.
        allowed: The suppliers that the caller may see.
        for_sheets: Whether all that the sheets of a workbook show is wanted.

    Raises:
        CatalogueMismatch: A table or column that the export needs is not there, or has a type that will not do.

    """
    reading = Reading(dialect=source.dialect, suppliers=None, for_sheets=for_sheets, views=views)
    read = _views_read(dataset, reading, allowed)
    known = check_views(snapshot, source.dialect, read, views)
    reading = replace(reading, views=known.views, text_ids=known.text_ids)
    scope = _scope(snapshot, dataset, reading.views, allowed)
    reading = replace(reading, suppliers=scope.suppliers)
    end = _page_end(snapshot, dataset, dataset.plan(reading))
    if end is None:
        return Prepared(plan=dataset.plan(reading), reading=reading, scope=scope, next=None)
    reading = replace(reading, until=end)
    return Prepared(plan=dataset.plan(reading), reading=reading, scope=scope, next=encode_page(end))


def for_sheets(prepared: Prepared, dataset: Dataset[Any]) -> Prepared | None:
    """The same with all that the sheets of a workbook show; None where that is in views which nobody has looked at."""
    reading = replace(prepared.reading, for_sheets=True)
    plan = dataset.plan(reading)
    is_known = {*plan.views_read} <= {*prepared.plan.views_read}
    return replace(prepared, plan=plan, reading=reading) if is_known else None


def _views_read(dataset: Dataset[Any], reading: Reading, allowed: Allowed) -> tuple[str, ...]:
    """The views of the records and all that belongs to them, of suppliers that are asked for, and of orphans."""
    # What ends a page is known only when the types of the order are.
    unpaged = replace(dataset, filters=dataset.filters.model_copy(update={"after": None}))
    plan = unpaged.plan(reading)
    orphaned = dataset.orphan_views()
    is_open = dataset.filters.suppliers is None and allowed.is_everything
    suppliers = () if is_open else (dataset.suppliers_view,)
    return (*plan.views_read, *suppliers, *orphaned, *(("hotels",) if orphaned else ()))


def _scope(snapshot: Snapshot, dataset: Dataset[Any], views: Views, allowed: Allowed) -> Scope:
    asked = dataset.filters.suppliers
    if asked is None and allowed.is_everything:
        return EVERYTHING
    return resolved(allowed, asked, supplier_names(snapshot, dataset, views))


def supplier_names(snapshot: Snapshot, dataset: Dataset[Any], views: Views) -> list[str]:
    """The suppliers that there are, each name once, in no order."""
    names = exp.select("provider_name").distinct().from_(view_name(dataset.suppliers_view))
    statement = Statement(select=with_views(names, views), values={})
    names_read = snapshot.read(statement, PROVIDER_MAPPINGS.pick("provider_name"), dataset.suppliers_view)
    read: list[str] = names_read.get_column("provider_name").to_list()
    return read


def _page_end(snapshot: Snapshot, dataset: Dataset[Any], plan: Plan) -> tuple[str | int, ...] | None:
    """The order values of the page's last record; None when no record comes after the page."""
    limit = dataset.filters.limit
    if limit is None:
        return None
    columns = (plan.records.columns[0], *plan.records.order)
    last = snapshot.read(plan.page(limit), columns, plan.records.view)
    return last.row(0) if last.height > 1 else None


def record_count(snapshot: Snapshot, prepared: Prepared) -> int:
    """How many records there are."""
    records = prepared.plan.records
    return count(snapshot, prepared.plan.row_count(records), records.view)


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What an export has to say beside its records."""

    orphans: dict[str, int] | None
    """As far as they had to be asked for; None when something narrows the export."""
    ratings_not_numeric: int | None
    ittids_not_found: tuple[str, ...]


def findings(snapshot: Snapshot, dataset: Dataset[Any], prepared: Prepared) -> Findings:
    """Count what is left out: orphans, ratings that are no number, ittids that are not there."""
    narrowed = dataset.filters.narrows() or prepared.scope.suppliers is not None
    views = dataset.orphan_views()
    unrated = dataset.unrated(prepared.reading)
    return Findings(
        orphans=None if narrowed else {view: _orphans(snapshot, view, prepared.plan) for view in views},
        ratings_not_numeric=None if unrated is None else count(snapshot, unrated, "hotels"),
        ittids_not_found=_not_found(snapshot, dataset, prepared.plan),
    )


def _orphans(snapshot: Snapshot, view: str, plan: Plan) -> int:
    rows = count(snapshot, plan.statement(count_rows(view)), view)
    return rows - count(snapshot, of_hotels(view, plan), view)


def _not_found(snapshot: Snapshot, dataset: Dataset[Any], plan: Plan) -> tuple[str, ...]:
    asked = dataset.filters.ittids if isinstance(dataset.filters, UpdatedFilters) else None
    if asked is None:
        return ()
    among = plan.dialect.say(plan.dialect.any_of, exp.column("ittid"), "ittids")
    select = exp.select("ittid").from_(view_name("hotels")).where(among)
    found = set(snapshot.read(plan.statement(select), HOTELS.pick("ittid"), "hotels").get_column("ittid"))
    return tuple(ittid for ittid in dict.fromkeys(asked) if ittid not in found)
