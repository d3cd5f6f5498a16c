"""What a database's own plan of a statement says of its cost."""

import re
from dataclasses import dataclass

_POSTGRES_TOTAL = re.compile(r"\.\.([0-9.]+) ")
_MYSQL_WHOLE = ("ALL", "index")
_MARIADB_CELLS = 10
"""MySQL has two more: the partitions as the fourth, and the last but one, the share of rows that filters leave."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a statement costs, in the words of the database that says so."""

    figure: str
    scans: bool
    """Whether a whole table is read, or a whole index of it."""


def cost_of(plan: str, table: str, dialect: str) -> Cost:
    """The cost of a statement by its plan; ``table`` is the one whose scan is looked for."""
    return {"postgres": _postgres, "mysql": _mysql, "sqlite": _sqlite}[dialect](plan, table)


def _postgres(plan: str, table: str) -> Cost:
    total = _POSTGRES_TOTAL.search(plan)
    return Cost(
        figure=f"cost {float(total[1]):,.0f}" if total else "no cost told",
        scans=re.search(rf"Seq Scan on {table}\b", plan) is not None,
    )


def _mysql(plan: str, table: str) -> Cost:
    """Cells are parted by tabs."""
    lines = [_mariadb_cells(line.split("\t")) for line in plan.splitlines()]
    rows = sum(int(cells[8]) for cells in lines if cells[8].isdecimal())
    scans = any(cells[2].endswith(table) and cells[3] in _MYSQL_WHOLE for cells in lines)
    return Cost(figure=f"{rows:,} rows looked at", scans=scans)


def _mariadb_cells(cells: list[str]) -> list[str]:
    return cells if len(cells) <= _MARIADB_CELLS else [*cells[:3], *cells[4:10], cells[-1]]


def _sqlite(plan: str, table: str) -> Cost:
    scans = re.search(rf"SCAN {table}\b", plan) is not None
    return Cost(figure="SCAN" if scans else "SEARCH", scans=scans)
