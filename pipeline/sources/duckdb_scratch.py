"""The scratch of a DuckDB export: what matches, table by table, sorted by the position of its key.

A table is sorted in slabs, runs of keys with about as many rows as fit into memory, one after another: a sort of all
of it at once does not stay within the limit, whatever there is on disk to spill to. So memory is that of a slab, and
time is that of the rows and of one look at each table's keys a slab.
"""

from collections.abc import Iterator, Mapping

import duckdb
import polars as pl
from sqlglot import exp

from pipeline.chunks import KeyRange, cut
from pipeline.dialects import DUCKDB, Value
from pipeline.query import Plan, Statement, TableQuery
from pipeline.sources.arrow import frame_of

SLAB_ROWS = 100_000

_KEYS_MEMORY, _SORT_MEMORY, _CHUNK_MEMORY = "128MB", "64MB", "32MB"
"""DuckDB's own limits: distinct keys spill late, sorts need some, and chunks are encoded beside it."""

KEY = "_key"
"""The position of a row's key in the order of keys."""

_ROWS = "of_table"
_ROW_COUNT = "row_count"
_FIRST, _STOP = "slab_first", "slab_stop"


def scratch(name: str) -> str:
    """What the scratch table of a table is called."""
    return f"scratch_{name}"


def fill(connection: duckdb.DuckDBPyConnection, plan: Plan) -> pl.DataFrame:
    """Sort all that a plan selects into scratch tables.

    Returns:
        Rows of each table by key, in the order of keys: one column a table.

    """
    _limit(connection, _KEYS_MEMORY)
    _run(connection, f"CREATE OR REPLACE TEMP TABLE {scratch('keys')} AS", _numbered(plan))
    _limit(connection, _SORT_MEMORY)
    counts = _counts(connection, plan)
    for table in plan.tables:
        for number, slab in enumerate(_slabs(counts, table)):
            name = scratch(table.name)
            before = f"INSERT INTO {name}" if number else f"CREATE OR REPLACE TEMP TABLE {name} AS"
            _run(connection, before, _sorted(plan, table, slab))
    _limit(connection, _CHUNK_MEMORY)
    return counts


def _limit(connection: duckdb.DuckDBPyConnection, memory: str) -> None:
    connection.execute(f"SET memory_limit = '{memory}'").fetchall()


def pull(connection: duckdb.DuckDBPyConnection, table: TableQuery, keys: KeyRange) -> pl.DataFrame:
    """The rows of a range of keys, in order."""
    # DuckDB keeps the order of insertion through a filter (its documentation, "Order Preservation").
    select = exp.select(*(exp.column(column.name) for column in table.columns)).from_(scratch(table.name))
    select = select.where(exp.column(KEY) >= keys.first, exp.column(KEY) < keys.stop)
    return frame_of(connection.sql(select.sql(dialect="duckdb")))


def key_at(connection: duckdb.DuckDBPyConnection, plan: Plan, position: int) -> str:
    """The key at a position."""
    select = exp.select(plan.key).from_(scratch("keys")).where(exp.column(KEY).eq(position))
    row = connection.execute(select.sql(dialect="duckdb")).fetchone()
    return str(row[0]) if row else ""


def _run(connection: duckdb.DuckDBPyConnection, before: str, statement: Statement) -> None:
    text, values = statement.bound(DUCKDB)
    connection.execute(f"{before} {text}", values).fetchall()


def _numbered(plan: Plan) -> Statement:
    """The keys in order, with their positions."""
    keys = plan.keys()
    position = exp.alias_(exp.Window(this=exp.RowNumber()) - 1, KEY)
    return Statement(select=exp.select(plan.key, position).from_(keys.select.subquery("keys")), values=keys.values)


def _counts(connection: duckdb.DuckDBPyConnection, plan: Plan) -> pl.DataFrame:
    return pl.DataFrame([_counted(connection, plan, table) for table in plan.tables])


def _counted(connection: duckdb.DuckDBPyConnection, plan: Plan, table: TableQuery) -> pl.Series:
    """Rows of a table by key, in the order of keys."""
    tally = _of_keys(plan, table).select(_position(), exp.alias_(exp.Count(this=exp.Star()), _ROW_COUNT))
    number = exp.Coalesce(this=exp.column(_ROW_COUNT, table="tally"), expressions=[exp.Literal.number(0)])
    same = exp.EQ(this=_position(), expression=exp.column(KEY, table="tally"))
    select = exp.select(exp.alias_(exp.cast(number, exp.DataType.Type.UINT), table.name)).from_(scratch("keys"))
    select = select.join(tally.group_by(_position()).subquery("tally"), on=same, join_type="left")
    text, values = plan.statement(select.order_by(_ascending(_position()))).bound(DUCKDB)
    return frame_of(connection.sql(text, params=values)).to_series()


def _slabs(counts: pl.DataFrame, table: TableQuery) -> Iterator[Mapping[str, Value]]:
    """The positions that each slab of a table begins and stops at; one that is empty where nothing matches."""
    for slab in cut(counts.select(table.name), SLAB_ROWS):
        yield {_FIRST: slab.first, _STOP: slab.stop}
    if not counts.height:
        yield {_FIRST: 0, _STOP: 0}


def _sorted(plan: Plan, table: TableQuery, slab: Mapping[str, Value]) -> Statement:
    """The rows of a slab of a table with their key's position, in order."""
    columns = (exp.column(column.name, table=_ROWS) for column in table.columns)
    order = (exp.column(column.name, table=_ROWS) for column in table.order)
    in_slab = (_position() >= exp.Placeholder(this=_FIRST), _position() < exp.Placeholder(this=_STOP))
    select = _of_keys(plan, table).select(_position(), *columns).where(*in_slab)
    return plan.statement(select.order_by(*map(_ascending, (_position(), *order))), **slab)


def _of_keys(plan: Plan, table: TableQuery) -> exp.Select:
    """The rows of a table that have a key, beside it."""
    key = exp.column(plan.key, table=_ROWS)
    same = exp.EQ(this=DUCKDB.say(DUCKDB.same, key), expression=exp.column(plan.key, table=scratch("keys")))
    return exp.Select().from_(plan.unordered(table).subquery(_ROWS)).join(scratch("keys"), on=same)


def _position() -> exp.Column:
    return exp.column(KEY, table=scratch("keys"))


def _ascending(column: exp.Expr) -> exp.Expr:
    return exp.Ordered(this=column, nulls_first=DUCKDB.nulls_first)
