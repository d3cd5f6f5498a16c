"""The whole flow of one export: a snapshot in, a file and its manifest out."""

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.chunks import map_ordered
from pipeline.content import Sums, content_hash
from pipeline.content import added as added_sums
from pipeline.datasets.base import Dataset
from pipeline.datasets.tally import Tally
from pipeline.datasets.tally import add as add_tally
from pipeline.encoding import Encode, Encoded
from pipeline.errors import IncompleteRead, TooLarge
from pipeline.manifest import SCHEMA_VERSION, Manifest, SnapshotNote
from pipeline.prepare import Findings, Prepared, findings, prepare
from pipeline.progress import Progress, ProgressListener, Timings
from pipeline.publish import Output, Target, published
from pipeline.query import Plan
from pipeline.scope import ALL_SUPPLIERS, Allowed
from pipeline.sources.base import Joinable, Selection, Snapshot, Source
from pipeline.sql_dir import GivenViews
from pipeline.writers.base import Closing, Document, Opening, Writer

Now = Callable[[], dt.datetime]
"""The present moment, with its time zone."""

NewId = Callable[[], str]
"""An id that was not there before."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """How an export is to be carried out, beside what is to be exported."""

    format: str
    writer: Writer
    target: Target
    now: Now
    export_id: str
    views: GivenViews = field(default_factory=GivenViews)
    prepared: Prepared | None = None
    """What is to be read, where that was found out before in the moment that the source holds."""
    taken_at: dt.datetime | None = None
    """When the moment that the source holds began; it begins now where none is held."""
    generated_by: str | None = None
    user_id: str | None = None
    allowed: Allowed = ALL_SUPPLIERS
    refuse_over: int | None = None
    progress: ProgressListener | None = None
    executor: Executor | None = None
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    chunk_rows: int | None = None
    """Rows of a chunk, where the writer's own number is not wanted."""


def export(source: Source, dataset: Dataset[Any], request: Request) -> Manifest:
    """Export a dataset from a source as a request says.

    Memory: the chunks under way, one more than there are workers, whatever the size of the export.

    Raises:
        SourceError: The catalogue cannot be read, or not all of it came.
        OutputError: The file cannot be written.
        TooLarge: There are more records than the request allows.
        ExecutorUnavailable: The executor is gone, or has other software.

    """
    timings = Timings()
    generated_at = iso(request.now())
    with source.snapshot() as snapshot:
        taken_at = iso(request.taken_at or request.now())
        with timings.stage("count"):
            prepared = request.prepared or _prepared(source, snapshot, dataset, request)
            before = findings(snapshot, dataset, prepared)
            selection = _selection(snapshot, prepared.plan, request)
        records = selection.records
        refuse_over(request.refuse_over, records)
        metadata = _metadata(dataset, request, generated_at, records)
        with published(request.target, timings) as output:
            written = Written(writer=request.writer, timings=timings)
            _tell(request.progress, 0, records, timings)
            with _document(request.writer, output, Opening(metadata=metadata)) as document:
                for encoded in _encoded(dataset, request, selection, timings):
                    document.add(encoded.piece)
                    written.add(encoded)
                    _tell(request.progress, written.rows[prepared.plan.records.name], records, timings)
                selection.let_go()
                written.check(selection)
                document.finish(written.closing(dataset, records))
        found = replace(before, orphans=_orphans(dataset, before, selection))
    return Manifest(
        **_asked(dataset, request, metadata),
        **_read(source, prepared, found, SnapshotNote(kind=snapshot.kind, taken_at=taken_at)),
        views=dict(request.views.sha256),
        **written.facts(records),
        bytes=output.size,
        sha256=output.sha256,
        timings=timings.rounded(),
    )


def _prepared(source: Source, snapshot: Snapshot, dataset: Dataset[Any], request: Request) -> Prepared:
    """What is to be read."""
    views, for_sheets = request.views.selects, request.writer.for_sheets
    return prepare(source, snapshot, dataset, views, allowed=request.allowed, for_sheets=for_sheets)


def _selection(snapshot: Snapshot, plan: Plan, request: Request) -> Selection:
    """What is to be written; where chunks are encoded elsewhere, they are read there if the moment can be joined."""
    elsewhere = request.executor is not None and not isinstance(request.executor, ThreadPoolExecutor)
    if elsewhere and isinstance(snapshot, Joinable):
        return snapshot.select_joined(plan)
    return snapshot.select(plan)


def refuse_over(maximum: int | None, records: int) -> None:
    """Refuse an export that is too large; it is never cut.

    Raises:
        TooLarge: There are more records than the maximum.

    """
    if maximum is not None and records > maximum:
        message = (
            f"{records:,} records match, and at most {maximum:,} are allowed; nothing was written; narrow the filters"
            + (f", or export pages with a limit of {maximum:,} and the next of each manifest" if maximum else "")
        )
        raise TooLarge(message, records=records, maximum=maximum)


def iso(moment: dt.datetime) -> str:
    """A moment in UTC, to the second."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _encoded(dataset: Dataset[Any], request: Request, selection: Selection, timings: Timings) -> Iterator[Encoded]:
    """The chunks of a selection, encoded, in order."""
    chunks = timings.each("pull", selection.chunks(request.chunk_rows or request.writer.chunk_rows))
    encode = Encode(dataset=dataset, writer=request.writer)
    with _executor(request) as executor:
        yield from map_ordered(executor, encode, chunks, window=request.workers + 1, stop=selection.stop)


@contextmanager
def _executor(request: Request) -> Iterator[Executor]:
    """The caller's executor, which stays open, or threads of this export's own."""
    if request.executor is not None:
        yield request.executor
        return
    with ThreadPoolExecutor(request.workers, thread_name_prefix="bellhop") as executor:
        yield executor


@contextmanager
def _document(writer: Writer, output: Output, opening: Opening) -> Iterator[Document]:
    document = writer.open(output, opening)
    try:
        yield document
    finally:
        document.discard()


def _tell(listener: ProgressListener | None, records: int, total: int, timings: Timings) -> None:
    if listener is not None:
        listener(Progress(records=records, total=total, seconds=timings.elapsed()))


@dataclass(kw_only=True)
class Written:
    """What was written so far, counted from the pieces."""

    writer: Writer
    timings: Timings
    rows: Counter[str] = field(default_factory=Counter)
    sheets: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=dict)
    sums: Sums = field(default_factory=dict)

    def add(self, encoded: Encoded) -> None:
        """Count a piece."""
        self.rows.update(encoded.rows)
        self.sheets.update(encoded.piece.sheets)
        self.notes.update(encoded.piece.notes)
        add_tally(self.tally, encoded.tally)
        self.sums = added_sums(self.sums, encoded.sums)
        for stage, seconds in encoded.timings.seconds.items():
            self.timings.add(stage, seconds)

    def check(self, selection: Selection) -> None:
        """Hold what was written against what was counted before.

        Raises:
            IncompleteRead: They differ.

        """
        for table, counted in selection.rows.items():
            if self.rows[table] != counted:
                message = f"{table}: {self.rows[table]} rows were written of {counted} counted; nothing was published"
                raise IncompleteRead(message, table=table, counted=counted, received=self.rows[table])
        self.rows.update(dict.fromkeys(selection.rows, 0))

    def closing(self, dataset: Dataset[Any], records: int) -> Closing:
        """What the end of the file tells."""
        charts, sheets = dataset.charts(self.tally), self.writer.all_sheets(self.sheets)
        return Closing(records=records, sheets=sheets, notes=self.notes, tally=self.tally, charts=charts)

    def facts(self, records: int) -> dict[str, Any]:
        """What the manifest tells of the written."""
        cells = {note: count for note, count in self.notes.items() if count}
        content = content_hash(self.sums)
        return {
            "records": records,
            "rows": dict(self.rows),
            "sheets": self.writer.all_sheets(self.sheets),
            "cells": cells,
            "content_hash": content,
        }


def _metadata(dataset: Dataset[Any], request: Request, generated_at: str, records: int) -> dict[str, Any]:
    """The JSON ``metadata``, in the order of spec.md §2."""
    return {
        "export_id": request.export_id,
        "export_type": dataset.name,
        "generated_at": generated_at,
        "generated_by": request.generated_by,
        "user_id": request.user_id,
        "filters_applied": dataset.filters.applied(),
        "total_records": records,
        "format": request.format,
        "version": SCHEMA_VERSION,
    }


def _asked(dataset: Dataset[Any], request: Request, metadata: dict[str, Any]) -> dict[str, Any]:
    """What the manifest tells of what was asked for."""
    columns = request.writer.columns or dataset.flat_columns
    same = ("export_id", "export_type", "generated_at", "generated_by", "format")
    return {
        **{name: metadata[name] for name in same},
        "filters": metadata["filters_applied"],
        "options": request.writer.told_options(),
        "file_name": request.target.name if isinstance(request.target, Path) else None,
        "columns": [column.name for column in columns],
        "schema_version": SCHEMA_VERSION,
    }


def _orphans(dataset: Dataset[Any], found: Findings, selection: Selection) -> dict[str, int] | None:
    """Rows by table that point to a hotel that is gone; None when something narrows the export."""
    if found.orphans is None:
        return None
    return {**found.orphans, **(selection.left_out if dataset.leaves_out_orphans else {})}


def _read(source: Source, prepared: Prepared, found: Findings, snapshot: SnapshotNote) -> dict[str, Any]:
    """What the manifest tells of what was read."""
    suppliers = prepared.scope.suppliers
    return {
        "source": source.label,
        "snapshot": snapshot,
        "scope": None if suppliers is None else list(suppliers),
        "unknown_suppliers": list(prepared.scope.unknown),
        "next": prepared.next,
        "orphans": found.orphans,
        "ratings_not_numeric": found.ratings_not_numeric,
        "ittids_not_found": list(found.ittids_not_found),
    }
