"""What a snapshot selects: each table is read once, as it comes, and dealt out to disk; chunks are cut from there.

No sort is asked of the database, and no second cursor. Where a read gives all its rows at once, tables are read in
parts, by id.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby

import polars as pl

from pipeline.chunks import Chunk, KeyRange, Rows, nothing_to_stop, refuse_incomplete
from pipeline.conform import conform
from pipeline.query import IdRange, Plan, Statement, TableQuery
from pipeline.schema import Column
from pipeline.scratch import scratch_file, scratch_told
from pipeline.sources.base import Snapshot, count
from pipeline.sources.id_ranges import Ids
from pipeline.sources.ordered import in_order, nothing
from pipeline.sources.slabs import SLAB_ROWS, Slab, Slabs, bounds_among, sample_step


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows of a table that one SELECT gives."""

    table: TableQuery
    columns: tuple[Column, ...]
    statement: Statement


Stream = Callable[[Iterable[Part]], Iterator[tuple[Part, pl.DataFrame]]]
"""From parts to their rows as they come: one part after another, each in one batch or several."""

There = Callable[[pl.Series], Callable[[], Rows]]
"""From the keys of a chunk, in order, to a way to its rows; it pickles."""

_MOST_SEMI_JOINED = 200_000
"""Records up to which the database leaves out the children of others: more keys would take it much memory."""
_SOME = 2
"""Of so many records one at most is selected; else most children are wanted anyway, others left out slab by slab."""


@dataclass(frozen=True, kw_only=True)
class DealtSelection:
    """The rows that a plan selects, counted."""

    snapshot: Snapshot
    plan: Plan
    stream: Stream
    counted: Mapping[str, int]
    """Rows of each table's SELECT."""
    release: Callable[[], None]
    """Lets go of the snapshot once all of it was read: writers wait no longer, and the database's memory is free. It
    fails where the snapshot was lost before."""
    part_rows: int | None = None
    """Rows of a table that are asked for at once; None where a whole table can come batch by batch."""
    whole: frozenset[str] = frozenset()
    """Tables that come batch by batch all the same."""
    there: There | None = None
    """Reads a chunk where it is encoded; the plan reads keys alone then."""
    stop: Callable[[], None] = nothing_to_stop
    """Ends what is read elsewhere."""
    slab_rows: int = SLAB_ROWS
    rows: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def records(self) -> int:
        """How many records there are."""
        return self.counted[self.plan.records.name]

    def chunks(self, chunk_rows: int) -> Iterator[Chunk]:
        """Read all tables, then give chunk after chunk; once, since the snapshot is let go of."""
        last: KeyRange | None = None
        rest: Rows | None = None
        for rows in self._in_order():
            parts = deque((rows if rest is None else rest.then(rows)).cut(chunk_rows, last))
            rest = parts.pop()[1]  # it may go on in rows to come
            del rows  # while these are read, nothing of the slab is kept but what chunks and the rest hold
            while parts:
                last, part = parts.popleft()
                yield Chunk(range=last, read=self._way_to(part))
                del part
        for keys, part in rest.cut(chunk_rows, last) if rest else ():
            yield Chunk(range=keys, read=self._way_to(part))

    def let_go(self) -> None:
        """End the moment where chunks were still read in it."""
        if self.there is not None:
            self.release()

    def _in_order(self) -> Iterator[Rows]:
        """All rows in order, a slab at a time."""
        with scratch_told(), scratch_file() as file:
            slabs = Slabs(file, self.plan.key, self._bounds(), self.slab_rows)
            self._deal_out(slabs)
            if self.there is None:
                self.release()
            # Nothing here keeps a slab while the next is read.
            yield from filter(_has_any, map(self._sorted, slabs.fitting()))

    def _bounds(self) -> pl.Series:
        """Where slabs begin, by a sample of the records' keys; one slab needs none."""
        rows, key = sum(self.counted.values()), self.plan.records.columns[0]
        if rows <= self.slab_rows:
            return nothing((key,)).to_series()
        step = sample_step(self.records, rows, self.slab_rows)
        keys = (
            Part(table=self.plan.records, columns=(key,), statement=self.plan.keys(part))
            for part in self._ranges(self.plan.records)
        )
        batches = (conform(batch, (key,), self.plan.records.view) for _, batch in self.stream(keys))
        sample = [batch.gather_every(step) for batch in batches]
        return bounds_among(pl.concat([nothing((key,)), *sample]).to_series(), rows, self.slab_rows)

    def _deal_out(self, slabs: Slabs) -> None:
        for table, rows in self.as_they_come():
            slabs.add(table.name, rows)

    def as_they_come(self) -> Iterator[tuple[TableQuery, pl.DataFrame]]:
        """Every row of every table once, in no order, with the contract's types; once, as ``chunks``.

        Raises:
            IncompleteRead: More or fewer rows came than were counted in the same snapshot.

        """
        received = Counter[str]()
        for part, rows in self.stream([part for table in self.plan.tables for part in self._parts(table)]):
            received[part.table.name] += rows.height
            yield part.table, conform(rows, part.columns, part.table.view)
        for name, counted in self.counted.items():
            if received[name] != counted:
                refuse_incomplete(name, counted=counted, received=received[name])

    def _parts(self, table: TableQuery) -> Iterator[Part]:
        """Every row of a table once."""
        for part in self._ranges(table):
            statement = self.plan.as_they_come(table, part)
            yield Part(table=table, columns=table.columns_read, statement=statement)

    def _ranges(self, table: TableQuery) -> list[IdRange]:
        """The ids of the parts of a table; one open range where it is read whole."""
        if self.part_rows is None or not table.has_ids or table.name in self.whole:
            return [IdRange(first=None, stop=None)]
        ids = Ids(snapshot=self.snapshot, plan=self.plan, table=table)
        return ids.ranges(self.counted[table.name], self.part_rows)

    def _sorted(self, slab: Slab) -> Rows:
        """The rows of a slab in order, children of no record left out."""
        rows, left_out = in_order(self.plan, partial(_rows, slab), checked=self.there is None)
        self.left_out.update(left_out)
        self.rows.update({table: frame.height for table, frame in rows.frames.items()})
        return rows

    def _way_to(self, rows: Rows) -> Callable[[], Rows]:
        """The way to the rows of a chunk: they are here, unless only their keys are."""
        return self.there(_keys(rows, self.plan)) if self.there else rows


def dealt(
    snapshot: Snapshot, plan: Plan, stream: Stream, release: Callable[[], None], part_rows: int | None = None
) -> DealtSelection:
    """Count what a plan selects."""
    records = count(snapshot, plan.row_count(plan.records), plan.records.view)
    plan = replace(plan, is_semi_joined=bool(plan.records.where) and _are_few(snapshot, plan, records))
    counted = {plan.records.name: records}
    for table in plan.related:
        counted[table.name] = count(snapshot, plan.row_count(table), table.view)
    return DealtSelection(
        snapshot=snapshot,
        plan=plan,
        stream=stream,
        counted=counted,
        release=release,
        part_rows=part_rows,
        left_out=Counter({table.name: 0 for table in plan.related}),
    )


def by_table(names: frozenset[str], these: Stream, others: Stream) -> Stream:
    """A stream that reads some tables in one way, all others in another."""

    def stream(parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        for is_among, some in groupby(parts, key=lambda part: part.table.name in names):
            read = these if is_among else others
            yield from read(some)

    return stream


def _are_few(snapshot: Snapshot, plan: Plan, records: int) -> bool:
    """Whether so many records are so few that the database should look up their children."""
    if records > _MOST_SEMI_JOINED:
        return False
    everyone = replace(plan.records, where=())
    return records * _SOME <= count(snapshot, plan.capped_count(everyone, records * _SOME), everyone.view)


def _has_any(rows: Rows) -> bool:
    """Whether there are any keys."""
    return rows.counts.height > 0


def _keys(rows: Rows, plan: Plan) -> pl.Series:
    """The keys, each once."""
    return rows.frames[plan.records.name].get_column(plan.key).unique(maintain_order=True)


def _rows(slab: Slab, table: TableQuery) -> pl.DataFrame:
    rows = slab.table(table.name)
    return nothing(table.columns_read) if rows is None else rows
