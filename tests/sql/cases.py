"""What the golden SQL is made of: named exports, and the text of all that each of them asks a database.

A golden file has each statement as it is shown and explained, with its values as literals, under a comment that names
it: how many records there are, where a page ends, then the rows of each table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.datasets import DATASETS
from pipeline.datasets.base import Reading
from pipeline.dialects import DUCKDB, MYSQL, POSTGRES, SQLITE, Dialect
from pipeline.filters import checked
from pipeline.paging import encode_page
from pipeline.query import Plan, Statement

HERE = Path(__file__).parent
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (DUCKDB, SQLITE, POSTGRES, MYSQL)}

NASTY = (
    "it's",
    "''",
    "' OR '1'='1",
    "'; DROP TABLE hotels; --",
    'say "hi"',
    "back\\slash",
    "\\",
    "\\'",
    "two\nlines",
    "100%",
    "%s %(x)s",
    "{a,b}",
    "{{x}}",
    ":ittids ? $1",
    "/* */ --",
    "$$",
    "NULL",
    "",
    "东京 🏨",
)
"""Values that something between a filter and a database could take for more than a value."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """An export, and what was found out in a snapshot before it is planned."""

    export_type: str
    filters: Mapping[str, Any] = field(default_factory=dict)
    suppliers: tuple[str, ...] | None = None
    """The suppliers as resolved; None is no restriction."""
    until: tuple[str | int, ...] | None = None
    """Where the page ends."""
    for_sheets: bool = False

    def plan(self, dialect: Dialect) -> Plan:
        """What the export reads."""
        dataset = DATASETS[self.export_type]
        filters = checked(dataset.model, self.filters, now=NOW)
        reading = Reading(dialect=dialect, suppliers=self.suppliers, until=self.until, for_sheets=self.for_sheets)
        return dataset(filters).plan(reading)

    def statements(self, dialect: Dialect) -> Iterator[tuple[str, Statement]]:
        """Everything that is asked, by what it is."""
        plan = self.plan(dialect)
        yield "how many records", plan.row_count(plan.records)
        if "limit" in self.filters:
            yield "where the page ends", plan.page(self.filters["limit"])
        for table in plan.tables:
            yield table.name, plan.rows(table)

    def text(self, dialect: Dialect) -> str:
        """The golden file."""
        texts = (f"-- {name}\n{statement.literal(dialect)};\n" for name, statement in self.statements(dialect))
        return "\n".join(texts)


DATES = {"date_from": "2025-06-30", "date_to": "2025-07-01T12:30:00.000001+02:00"}

CASES: Mapping[str, Case] = {
    "hotels": Case(export_type="hotels"),
    "hotels_every_filter": Case(
        export_type="hotels",
        filters={
            "suppliers": ["AGODA", "ean"],
            "country_codes": ["FR", "US"],
            "min_rating": 3,
            "max_rating": 4.5,
            **DATES,
            "ittids": ["9", "A-1", "é-1"],
            "property_types": ["Hotel", ""],
            "limit": 100,
            "after": encode_page(("10000001",)),
        },
        suppliers=("agoda", "ean"),
        until=("é-1",),
    ),
    "hotels_without_children": Case(
        export_type="hotels",
        filters={"include_locations": False, "include_contacts": False, "include_mappings": False},
    ),
    "hotels_of_no_supplier": Case(export_type="hotels", filters={"suppliers": ["nobody"]}, suppliers=()),
    "hotels_nasty_values": Case(
        export_type="hotels",
        filters={
            "ittids": list(NASTY),
            "property_types": ["it's"],
            "after": encode_page(("it's \\",)),
            "include_locations": False,
            "include_contacts": False,
        },
        suppliers=("it's", 'a "b"'),
    ),
    "mappings_page": Case(
        export_type="mappings",
        filters={"ittids": ["9", "A-1"], **DATES, "limit": 3, "after": encode_page(("9", "it's", 17))},
        suppliers=("agoda",),
        until=("A-1", "agoda", 4),
    ),
    "mappings_for_sheets": Case(export_type="mappings", for_sheets=True),
    "supplier_summary_by_country": Case(
        export_type="supplier_summary",
        filters={"suppliers": ["agoda", "it's"], "include_country_breakdown": True},
        suppliers=("agoda", "it's"),
    ),
}


def golden_files(folder: Path = HERE) -> dict[Path, str]:
    """Every golden file that there should be, and what should stand in it."""
    return {
        folder / dialect.name / f"{name}.sql": case.text(dialect)
        for dialect in DIALECTS.values()
        for name, case in CASES.items()
    }
