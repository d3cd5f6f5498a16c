"""The library's face: a catalogue, and the exports of it, which are read when they are asked for."""

import datetime as dt
import os
import uuid
from collections.abc import Mapping
from concurrent.futures import Executor
from types import TracebackType
from typing import Self

from pipeline.datasets import DATASETS
from pipeline.errors import OptionError
from pipeline.export import Export
from pipeline.filters import checked
from pipeline.flow import NewId, Now
from pipeline.lazy import load
from pipeline.scope import ALL_SUPPLIERS, Allowed
from pipeline.sources.base import Source
from pipeline.sql_dir import GivenViews, given_views
from pipeline.url import Url

_SOURCES = {
    "duckdb": ("pipeline.sources.duckdb:DuckDBSource", ""),
    "sqlite": ("pipeline.sources.sqlite:SQLiteSource", ""),
    "postgresql": ("pipeline.sources.postgres:PostgresSource", "postgres"),
    "postgres": ("pipeline.sources.postgres:PostgresSource", "postgres"),
    "mysql": ("pipeline.sources.mysql:MySQLSource", "mysql"),
    "mariadb": ("pipeline.sources.mysql:MySQLSource", "mysql"),
}
"""By the scheme of a URL: where the source stands, and the extra that brings what it needs."""


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _random_id() -> str:
    return str(uuid.uuid4())


def connect(
    url: str,
    *,
    sql_dir: str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    now: Now = _utc_now,
    new_id: NewId = _random_id,
) -> "Catalogue":
    """Open a catalogue.

    Args:
        url: ``duckdb:///file`` or ``sqlite:///file`` (four slashes before an absolute path), ``postgresql://…``,
            ``mysql://…`` or ``mariadb://…``.
        sql_dir: A folder whose ``.sql`` files stand in for those of ``sql/`` of the same name, for tables and columns
            that are called otherwise. Each is one SELECT in the database's own SQL; read and checked once, now.
        executor: Where chunks are encoded, and PostgreSQL's read, too, unless it is a pool of threads; threads of each
            export's own if none is given. It is not shut down.
        now: The present moment, for file names, metadata and the check of dates.
        new_id: An id for each file that is written; random ones by default.

    Raises:
        OptionError: The URL is of no source that there is, or a file of ``sql_dir`` will not do.
        SourceUnavailable: The file is not there.
        CatalogueMismatch: What a file of ``sql_dir`` gives is not as the contract says.

    """
    parsed = Url.of(url)
    if parsed.scheme not in _SOURCES:
        message = f"{parsed.scheme!r} is no source; give a URL that begins with one of {', '.join(_SOURCES)}"
        raise OptionError(message, option="source", value=parsed.label)
    place, extra = _SOURCES[parsed.scheme]
    source: Source = load(place, extra=extra)(parsed)
    views = GivenViews() if sql_dir is None else given_views(sql_dir, source)
    return Catalogue(source, views=views, executor=executor, now=now, new_id=new_id)


class Catalogue:
    """A catalogue that exports are made of; a context manager."""

    def __init__(
        self,
        source: Source,
        *,
        views: GivenViews | None = None,
        executor: Executor | None = None,
        now: Now = _utc_now,
        new_id: NewId = _random_id,
    ) -> None:
        self._source = source
        self._views = views or GivenViews()
        self._executor = executor
        self._now = now
        self._new_id = new_id

    def hotels(self, **filters: object) -> "Export":
        """An export of hotels; filters as in HotelExportFilters, a FilterError if one does not hold to its rule."""
        return self.export("hotels", filters)

    def mappings(self, **filters: object) -> "Export":
        """An export of provider mappings; filters as in MappingExportFilters, errors as with hotels."""
        return self.export("mappings", filters)

    def supplier_summary(self, **filters: object) -> "Export":
        """An export of the supplier summary; filters as in SupplierSummaryFilters, errors as with hotels."""
        return self.export("supplier_summary", filters)

    def export(self, name: str, filters: Mapping[str, object], *, allowed: Allowed = ALL_SUPPLIERS) -> "Export":
        """An export by the name of its dataset, of the suppliers that the caller may see.

        Raises:
            OptionError: There is no dataset of this name.
            FilterError: A filter does not hold to its rule.

        """
        if name not in DATASETS:
            message = f"there is no export {name!r}; all are: {', '.join(DATASETS)}"
            raise OptionError(message, option="export", value=name)
        dataset = DATASETS[name]
        checked_filters = checked(dataset.model, filters, now=self._now())
        return Export(
            source=self._source,
            dataset=dataset(checked_filters),
            views=self._views,
            allowed=allowed,
            executor=self._executor,
            now=self._now,
            new_id=self._new_id,
        )

    def close(self) -> None:
        """End the use of the catalogue; each export opens it and closes it by itself."""

    def __enter__(self) -> Self:
        """Give the catalogue."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()
