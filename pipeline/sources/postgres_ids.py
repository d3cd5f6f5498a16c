"""Whether rows of PostgreSQL have the same ids whenever they are read in a snapshot: only then are they read in parts.

``row_number() OVER ()`` is the usual way to give ids to a table that has none, and numbers the rows as they happen to
come: of two reads by ranges of it, some rows would be in both, and others in none.
"""

import re
from collections.abc import Iterator
from typing import Any

from pipeline.sources.postgres_session import Session
from pipeline.sql_files import sql_text

_STEADY = frozenset({
    *("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Bitmap Index Scan", "BitmapAnd", "BitmapOr"),
    *("Tid Scan", "Tid Range Scan", "Values Scan", "CTE Scan", "Subquery Scan", "Result"),
    *("Append", "Merge Append", "Gather", "Gather Merge", "Nested Loop", "Hash Join", "Hash", "Merge Join"),
    *("Sort", "Incremental Sort", "Materialize", "Memoize", "SetOp"),
})  # fmt: skip
"""Steps of a plan whose rows follow from the snapshot alone, whatever comes first (EXPLAIN's "Node Type").

A foreign scan is none of them: another server knows nothing of the snapshot, and gives each session its own moment.
"""
_CALLED = re.compile(r'(\w+|"(?:[^"]|"")+")\(')
"""What stands before a parenthesis in what a step gives."""


def keeps_ids(session: Session, select: str) -> bool:
    """Whether a SELECT of ids gives the same ones for the same rows each time; where that is not clear, it does not."""
    ((plan,),) = session.run(f"EXPLAIN (VERBOSE, FORMAT JSON) {select}").fetchall()
    nodes = [*_nodes(plan[0]["Plan"])]
    called = {_plain(name) for node in nodes for shown in node.get("Output", ()) for name in _CALLED.findall(shown)}
    return all(node["Node Type"] in _STEADY for node in nodes) and not _is_volatile(session, called)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _is_volatile(session: Session, functions: set[str]) -> bool:
    """Whether one of these gives something else at each call; names of types, as in varchar(9), are none of them."""
    ((is_volatile,),) = session.run(sql_text("postgres/volatile.sql"), [sorted(functions)]).fetchall()
    return bool(is_volatile)
