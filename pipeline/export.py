"""An export, as who asks for it holds it: counted, shown, framed or written when it is asked."""

import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO

import polars as pl

from pipeline.catalogue_version import Version, version_of
from pipeline.chunks import Rows
from pipeline.datasets.base import Dataset
from pipeline.flow import NewId, Now, Request, export
from pipeline.formats import Format
from pipeline.lazy import load
from pipeline.manifest import Manifest
from pipeline.nested import nested_frame
from pipeline.notebook import export_html
from pipeline.options import Options, checked_options, checked_run
from pipeline.place import file_stem, placed, refuse_source
from pipeline.prepare import Prepared, for_sheets, prepare, record_count, supplier_names
from pipeline.progress import ProgressListener
from pipeline.publish import Target
from pipeline.scope import ALL_SUPPLIERS, Allowed, Scope
from pipeline.sources.base import HeldSource, Snapshot, Source
from pipeline.sql_dir import GivenViews

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.writers.base import Writer

_ROWS_SHOWN = 5


class Held:
    """A moment that is held, and what is to be read in it: found out when first asked for, and so can be stopped."""

    def __init__(self, snapshot: Snapshot, taken_at: dt.datetime, prepare_it: Callable[[], Prepared]) -> None:
        self.snapshot = snapshot
        self.taken_at = taken_at
        self._prepare = prepare_it

    @cached_property
    def prepared(self) -> Prepared:
        """What is to be read."""
        return self._prepare()

    def prepared_for(self, writer: "Writer", dataset: Dataset[Any]) -> Prepared | None:
        """What a writer is to read; None where that must be found out anew."""
        return for_sheets(self.prepared, dataset) if writer.for_sheets else self.prepared


@dataclass(frozen=True, kw_only=True, repr=False)
class Export:
    """Some records of a catalogue: immutable, and read only when it is asked for. Each call reads its own moment.

    Every call that reads can raise:
        SourceUnavailable: The catalogue is not there, or went away.
        CatalogueMismatch: It is not as the contract says.
        SourceError: It cannot be read, or not all of it came.
    """

    source: Source
    dataset: Dataset[Any]
    views: GivenViews
    allowed: Allowed = ALL_SUPPLIERS
    executor: Executor | None
    now: Now
    new_id: NewId
    held: "Held | None" = None
    """The moment that is held."""
    version: Version | None = None
    """Of the catalogue before the moment began: while it still holds, nothing changed since; None without proof."""

    @property
    def columns(self) -> list[str]:
        """The names of the flat columns, as in the CSV."""
        return [column.name for column in self.dataset.flat_columns]

    @property
    def filters(self) -> dict[str, Any]:
        """The filters as given, defaults left out."""
        applied: dict[str, Any] = self.dataset.filters.applied()
        return applied

    @contextmanager
    def at_one_moment(self) -> Iterator["Export"]:
        """This export, where all calls read the same moment.

        Rows are read last, by ``write``, ``batches`` and what is made of these: the moment is let go of once all came.
        """
        version = version_of(self.source, self.views.version)
        with self.source.snapshot() as snapshot:
            held = Held(snapshot, self.now(), lambda: self._prepare(snapshot))
            yield replace(self, source=HeldSource(self.source, snapshot), held=held, version=version)

    def interrupt(self) -> None:
        """Stop the query of an export at one moment, from another thread; whoever waits for it gets a SourceError.

        It does nothing between two queries: to stop an export for certain, ask until it has ended.
        """
        if isinstance(self.source, HeldSource):
            self.source.interrupt()

    def scope(self) -> Scope:
        """Which suppliers it is about, as resolved against those of the catalogue."""
        with self._prepared() as (_, prepared):
            return prepared.scope

    def suppliers(self) -> list[str]:
        """The names of the suppliers that there are and that the caller may see, in order; filters do not matter."""
        with self._prepared() as (snapshot, prepared):
            return sorted(filter(self.allowed.sees, supplier_names(snapshot, self.dataset, prepared.reading.views)))

    def count(self) -> int:
        """How many records there are."""
        with self._prepared() as (snapshot, prepared):
            return record_count(snapshot, prepared)

    def sql(self) -> dict[str, str]:
        """The SELECT of each table, whole, in order, in the source's dialect; an export reads its rows as they come."""
        with self._prepared() as (_, prepared):
            plan = prepared.plan
            return {table.name: plan.rows(table).literal(plan.dialect) for table in plan.tables}

    def explain(self, *, analyze: bool = False) -> dict[str, str]:
        """The database's plan for each table; with ``analyze`` each is run and measured."""
        with self._prepared() as (snapshot, prepared):
            plan = prepared.plan
            return {t.name: snapshot.explain(plan.rows(t), analyze=analyze) for t in plan.tables}

    def batches(self, *, chunk_rows: int = 40_000) -> Iterator[pl.DataFrame]:
        """Nested frames, one a chunk, in order, of one moment; a chunk has about this many rows of all tables."""
        with self._prepared() as (snapshot, prepared):
            for chunk in snapshot.select(prepared.plan).chunks(chunk_rows):
                yield self._nested(chunk.rows())

    def to_polars(self) -> pl.DataFrame:
        """All records, nested, in one frame, in order. Memory: all of them."""
        return pl.concat([self._nothing(), *self.batches()])

    def to_arrow(self) -> "pa.Table":
        """All records, nested, as an Arrow table, in order. Memory: all of them."""
        return self._reader().read_all()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The records, nested, as a stream of Arrow batches: bounded memory, one moment."""
        return self._reader().__arrow_c_stream__(requested_schema)

    def _reader(self) -> "pa.RecordBatchReader":
        reader: pa.RecordBatchReader = load("pipeline.arrow:reader_of")(self.dataset.shape, self.batches())
        return reader

    def _nested(self, rows: Rows) -> pl.DataFrame:
        return nested_frame(self.dataset.shape, self.dataset.arrange(rows))

    def _nothing(self) -> pl.DataFrame:
        """No records, with the columns and types of the records."""
        return pl.DataFrame(load("pipeline.arrow:arrow_schema")(self.dataset.shape).empty_table())

    def write(  # noqa: PLR0913 - each is an option of its own, and named
        self,
        target: str | os.PathLike[str] | BinaryIO,
        *,
        format: str | None = None,  # noqa: A002 - what everybody calls it
        columns: Sequence[str] | None = None,
        compression: str | None = None,
        csv_formulas: str | None = None,
        csv_separator: str | None = None,
        compact: bool | None = None,
        refuse_over: int | None = None,
        progress: bool | ProgressListener = False,
        workers: int | None = None,
        chunk_rows: int | None = None,
        generated_by: str | None = None,
        user_id: str | None = None,
    ) -> Manifest:
        """Write a file, whole or not at all.

        Args:
            target: A path, a folder (the file is then named by spec.md §2), or a binary stream.
            format: csv, json, excel or xlsx, ndjson, parquet, arrow; else the file's ending tells.
            columns: Flat columns for csv and the main sheet, in this order.
            compression: none, gzip or zstd, for csv, json and ndjson; else the file's ending tells.
            csv_formulas: ``escape`` cells that a spreadsheet would run (default), or leave them ``raw``.
            csv_separator: ``,`` (default), ``;``, ``|`` or a tab.
            compact: xlsx without cell references: smaller and faster, but not every reader takes it.
            refuse_over: Refuse to write more records than this; none is ever cut.
            progress: True for a bar on stderr, or a function that is told.
            workers: Chunks encoded at once; as many as there are processors by default.
            chunk_rows: Rows of all tables in a chunk; the format's own number by default.
            generated_by: Who exports, for the metadata.
            user_id: Their id, for the metadata.

        Raises:
            OptionError: An option, the format or the file's name does not hold to its rule.
            SourceError: The catalogue cannot be read, or not all of it came.
            OutputError: The file cannot be written.
            TooLarge: There are more records than ``refuse_over``.
            ExecutorUnavailable: The executor given to ``connect`` is gone, or has other software.

        """
        given = {
            "columns": columns,
            "compression": compression,
            "csv_formulas": csv_formulas,
            "csv_separator": csv_separator,
            "compact": compact,
        }
        counts = {"workers": workers, "chunk_rows": chunk_rows}
        checked_run(generated_by=generated_by, refuse_over=refuse_over, progress=progress, **counts)
        place = placed(target, format, checked_options(given), file_stem(self.dataset.name, self.now()))
        self.refuse_source(place.target)
        writer = self.writer(place.format, place.options)
        with _listening(progress) as listener:
            request = Request(
                format=place.format.name,
                writer=writer,
                target=place.target,
                views=self.views,
                prepared=self.held.prepared_for(writer, self.dataset) if self.held else None,
                taken_at=self.held.taken_at if self.held else None,
                now=self.now,
                export_id=self.new_id(),
                generated_by=generated_by,
                user_id=user_id,
                allowed=self.allowed,
                refuse_over=refuse_over,
                progress=listener,
                executor=self.executor,
                workers=workers or os.cpu_count() or 1,
                chunk_rows=chunk_rows,
            )
            return export(self.source, self.dataset, request)

    def writer(self, format_: Format, options: Options) -> "Writer":
        """The writer of a format for this export.

        Raises:
            OptionError: The format does not take an option, or a column is none of these.

        """
        writer: Writer = load(format_.writer)(dataset=self.dataset, options=options)
        return writer

    def refuse_source(self, target: Target) -> None:
        """Refuse a target that is the catalogue itself.

        Raises:
            OptionError: It is.

        """
        refuse_source(target, self.source.files)

    def __repr__(self) -> str:
        """Say what is exported, from where, through which filters; long ones are cut."""
        return f"<Export {self.dataset.name} of {self.source.label}, filters {self.filters!r:.200}>"

    def _repr_html_(self) -> str:
        """Filters, count and first rows, for a notebook; no rows of a moment that is held, which would let go of it."""
        with self._prepared() as (snapshot, prepared):
            records = record_count(snapshot, prepared)
            first = self._nothing() if self.held else self._first(snapshot).to_polars()
        return export_html(self.dataset.name, self.filters, records, first)

    def _first(self, snapshot: Snapshot) -> "Export":
        """The first few records, at a moment."""
        limit = min(_ROWS_SHOWN, self.dataset.filters.limit or _ROWS_SHOWN)
        filters = self.dataset.filters.model_copy(update={"limit": limit})
        source = HeldSource(self.source, snapshot)
        return replace(self, source=source, dataset=replace(self.dataset, filters=filters))

    @contextmanager
    def _prepared(self) -> Iterator[tuple[Snapshot, Prepared]]:
        if self.held is not None:
            yield self.held.snapshot, self.held.prepared
            return
        with self.source.snapshot() as snapshot:
            yield snapshot, self._prepare(snapshot)

    def _prepare(self, snapshot: Snapshot) -> Prepared:
        return prepare(self.source, snapshot, self.dataset, self.views.selects, allowed=self.allowed)


def _listening(progress: bool | ProgressListener) -> AbstractContextManager[ProgressListener | None]:  # noqa: FBT001 - a caller's word
    """The listener that was asked for: True is a bar, and only then is rich loaded; False is none."""
    if progress is True:
        bar: AbstractContextManager[ProgressListener] = load("pipeline.bar:bar")()
        return bar
    return nullcontext(progress or None)
