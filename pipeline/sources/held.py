"""What a held snapshot selects: each table is read once, as it comes, and sorted on disk; chunks are cut from there.

One connection holds the moment, so all is read through it: no sort and no second cursor is asked of the database.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from pipeline.chunks import Chunk, Frames, KeyRange, Pulled, cut, refuse_incomplete
from pipeline.conform import conform
from pipeline.query import Plan, Statement, TableQuery
from pipeline.reshape import counts_by_key
from pipeline.schema import Column
from pipeline.sources.base import Snapshot, count, is_unique, refuse_repeated
from pipeline.sources.slabs import SLAB_ROWS, Slab, Slabs, bounds_among, sample_step, scratch_told

Stream = Callable[[Statement, Sequence[Column], str], Iterator[pl.DataFrame]]
"""From a SELECT, its columns and its table to its rows, batch by batch, as they come."""

_MOST_SEMI_JOINED = 200_000
"""Records up to which the database leaves out the children of others. Its set of so many keys would take much memory,
and of so many records most children are wanted anyway: they are left out slab by slab."""


@dataclass(frozen=True, kw_only=True)
class HeldSelection:
    """The rows that a plan selects, in a snapshot that one connection holds."""

    plan: Plan
    stream: Stream
    semi_joined: bool
    """Whether the SELECTs leave out children of hotels that are not selected."""
    counted: Mapping[str, int]
    """Rows of each table's SELECT."""
    release: Callable[[], None]
    """Lets go of the snapshot once all of it was read: writers wait no longer, and the database's memory is free."""
    slab_rows: int = SLAB_ROWS
    rows: Counter[str] = field(default_factory=Counter)

    @property
    def records(self) -> int:
        """How many records there are."""
        return self.counted[self.plan.records.name]

    def chunks(self, chunk_rows: int) -> Iterator[Chunk]:
        """Read all tables, then give chunk after chunk; once, since the snapshot is let go of."""
        last: KeyRange | None = None
        rest: Frames = {}
        for frames in self._in_order():
            *whole, unfinished = self._cut(_joined(rest, frames), chunk_rows, last)
            yield from whole
            last, rest = whole[-1].range if whole else last, unfinished.frames()
        if rest:
            yield from self._cut(rest, chunk_rows, last)

    def _cut(self, frames: Frames, chunk_rows: int, last: KeyRange | None) -> Iterator[Chunk]:
        """Cut what comes after a range; the last chunk may go on in frames to come."""
        keys = {table: frame.get_column(self.plan.key) for table, frame in frames.items()}
        counts = counts_by_key(keys[self.plan.records.name].unique(maintain_order=True), keys)
        taken = Counter[str]()
        for keys_of_chunk in cut(counts, chunk_rows, after=last):
            rows = keys_of_chunk.rows
            pulled = {table: frame.slice(taken[table], rows[table]) for table, frame in frames.items()}
            yield Chunk(range=keys_of_chunk, read=Pulled(pulled=pulled))
            taken.update(rows)

    def _in_order(self) -> Iterator[Frames]:
        """All rows in order, a slab at a time."""
        with scratch_told(), tempfile.TemporaryFile() as file:
            slabs = Slabs(file, self.plan.key, self._bounds(), self.slab_rows)
            for table in self.plan.tables:
                self._deal_out(table, slabs)
            self.release()
            for slab in slabs.fitting():
                frames = self._sorted(slab)
                self.rows.update({table: frame.height for table, frame in frames.items()})
                if frames[self.plan.records.name].height:
                    yield frames

    def _bounds(self) -> pl.Series:
        """Where slabs begin, by a sample of the records' keys; one slab needs none."""
        rows, key = sum(self.counted.values()), self.plan.records.columns[0]
        if rows <= self.slab_rows:
            return _nothing((key,)).to_series()
        step = sample_step(self.records, rows, self.slab_rows)
        batches = self.stream(self.plan.statement(self.plan.selected()), (key,), self.plan.records.view)
        sample = [conform(keys, (key,), self.plan.records.view).gather_every(step) for keys in batches]
        return bounds_among(pl.concat([_nothing((key,)), *sample]).to_series(), rows, self.slab_rows)

    def _deal_out(self, table: TableQuery, slabs: Slabs) -> None:
        """Read a table.

        Raises:
            IncompleteRead: More or fewer rows came than were counted in the same snapshot.

        """
        statement = self.plan.as_they_come(table, semi_joined=self.semi_joined)
        received = 0
        for rows in self.stream(statement, table.columns_read, table.view):
            received += rows.height
            ordering = rows.select_seq(column.name for column in table.columns_read[len(table.columns) :])
            slabs.add(table.name, conform(rows, table.columns, table.view).hstack(ordering))
        if received != self.counted[table.name]:
            refuse_incomplete(table.name, counted=self.counted[table.name], received=received)

    def _sorted(self, slab: Slab) -> Frames:
        """The rows of a slab in order, children of no record left out."""
        key, records = self.plan.key, _rows(slab, self.plan.records)
        selected = records.select_seq(pl.col(key).unique())
        frames = {self.plan.records.name: _ordered(self.plan.records, key, records)}
        for table in self.plan.related:
            children = _rows(slab, table).join(selected, on=key, how="semi", maintain_order="left")
            frames[table.name] = _ordered(table, key, children)
        return frames


def held(snapshot: Snapshot, plan: Plan, stream: Stream, release: Callable[[], None]) -> HeldSelection:
    """Count what a plan selects."""
    records = count(snapshot, plan.row_count(plan.records), plan.records.view)
    semi_joined, counted = records <= _MOST_SEMI_JOINED, {plan.records.name: records}
    for table in plan.related:
        counted[table.name] = count(snapshot, plan.row_count(table, semi_joined=semi_joined), table.view)
    return HeldSelection(plan=plan, stream=stream, semi_joined=semi_joined, counted=counted, release=release)


def _rows(slab: Slab, table: TableQuery) -> pl.DataFrame:
    batches = [*slab.batches(table.name)]
    return pl.concat(batches) if batches else _nothing(table.columns_read)


def _nothing(columns: Sequence[Column]) -> pl.DataFrame:
    return pl.DataFrame(schema={column.name: column.kind.value for column in columns})


def _ordered(table: TableQuery, key: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a table in order, without what only orders them.

    Raises:
        CatalogueMismatch: A key that must be unique is not.

    """
    rows = rows.sort(key, *(column.name for column in table.order), maintain_order=True)
    if is_unique(table):
        keys = rows.get_column(key)
        repeated = keys.filter(keys == keys.shift())
        if len(repeated):
            refuse_repeated(table, key, str(repeated[0]))
    return rows.select_seq(column.name for column in table.columns)


def _joined(rest: Frames, frames: Frames) -> Frames:
    if not rest:
        return frames
    return {table: pl.concat([rest[table], frame], rechunk=True) for table, frame in frames.items()}
