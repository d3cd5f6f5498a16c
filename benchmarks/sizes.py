"""How much an export of a catalogue holds: ``python -m benchmarks.sizes FILE`` prints rows and cells of each as JSON.

Rows are those of all tables of the export, cells their values in the columns that are exported: the same for every
contender and every format.
"""

import json
import subprocess
import sys
from typing import Any

from benchmarks.columns import CHILDREN, HOTELS, MAPPINGS, SUPPLIERS

_COUNT = "SELECT count(*) FROM {} WHERE ittid IN (SELECT ittid FROM hotels)"
_OF_HOTEL = 5
"""Columns of the hotel that a mapping carries."""
_BREAKDOWN = 3
"""Columns of a supplier's country."""
_COUNTRIES = """
    SELECT count(*) FROM (
      SELECT DISTINCT m.provider_name, l.country_code FROM provider_mappings m JOIN hotels h ON h.ittid = m.ittid
      JOIN locations l ON l.ittid = m.ittid WHERE l.country_code IS NOT NULL
    )
"""


def sizes(duckdb_url: str) -> dict[str, tuple[int, int]]:
    """Rows and cells by export; counted in a process of its own, since the harness has to stay light."""
    command = [sys.executable, "-m", "benchmarks.sizes", duckdb_url.removeprefix("duckdb:///")]
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return {export: (rows, cells) for export, (rows, cells) in told.items()}


def main() -> None:
    """Count in a DuckDB file."""
    import duckdb  # noqa: PLC0415 - not in the harness

    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        print(json.dumps(_counted(connection)))


def _counted(connection: Any) -> dict[str, tuple[int, int]]:  # noqa: ANN401 - DuckDB's connection
    def count(select: str) -> int:
        ((rows,),) = connection.execute(select).fetchall()
        return int(rows)

    columns = {"hotels": len(HOTELS)} | {table: 1 + len(names) for table, names in CHILDREN.items()}
    rows = {table: count(_COUNT.format(table)) for table in columns}
    mappings, suppliers = rows["provider_mappings"], count("SELECT count(*) FROM supplier_summary")
    countries = count(_COUNTRIES)
    return {
        "hotels": (sum(rows.values()), sum(rows[table] * columns[table] for table in columns)),
        "mappings": (mappings, mappings * (1 + len(MAPPINGS) + _OF_HOTEL)),
        "supplier-summary": (suppliers + countries, suppliers * len(SUPPLIERS) + countries * _BREAKDOWN),
    }


if __name__ == "__main__":
    main()
