"""Workbooks of every kind, written with the run's id and moment fixed: what test_workbook.py looks at."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree

from pipeline.catalogue import connect
from pipeline.flow import Request, export
from pipeline.manifest import Manifest
from pipeline.options import Options
from pipeline.writers.xlsx import ROWS_A_SHEET, WorkbookWriter
from tests import model
from tests.model.sheets import Rows
from tests.readers import Sheets
from tests.strategies import ITTIDS, LONG_TEXTS, MOMENTS, SUPPLIERS, TEXTS, WITH_NUL

GOLDEN = Path(__file__).parents[1] / "golden" / "catalogue.json"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EXPORT_ID = "5f2c1f3e-0000-4000-8000-000000000000"
WHO = '=HYPERLINK("https://example.com/?a=1&b=2")'
FRONTS = ("Summary", "Dashboard")
"""The first sheet has one of these names."""

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to ask for a workbook."""

    export_type: str
    filters: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] | None = None
    compact: bool = False
    rows_a_sheet: int = ROWS_A_SHEET
    catalogue: str = "golden"

    def expected(self) -> dict[str, Rows]:
        """The cells of each sheet but the front one, by the model."""
        whole = CATALOGUES[self.catalogue]
        return model.sheets(whole, self.export_type, self.filters, self.columns, max_rows=self.rows_a_sheet + 1)


COUNTRIES = {"include_country_breakdown": True}
NOBODY = {"ittids": ["nobody"]}
FEW = {"ittids": ["9", "A-1"], "suppliers": ["AGODA", "ean"], "date_to": "2025-12-31"}
PLAIN = ("provider_names", "name", "updated_at", "ittid")

VARIANTS: Mapping[str, Variant] = {
    "hotels": Variant(export_type="hotels"),
    "hotels compact": Variant(export_type="hotels", compact=True),
    "hotels with columns": Variant(export_type="hotels", columns=PLAIN),
    "hotels without children": Variant(
        export_type="hotels",
        filters={"include_locations": False, "include_contacts": False, "include_mappings": False},
    ),
    "hotels empty": Variant(export_type="hotels", filters=NOBODY),
    "hotels empty compact": Variant(export_type="hotels", filters=NOBODY, compact=True),
    "hotels over several sheets": Variant(export_type="hotels", rows_a_sheet=3),
    "hotels over several sheets compact": Variant(export_type="hotels", rows_a_sheet=3, compact=True),
    "hotels that fill a sheet": Variant(export_type="hotels", rows_a_sheet=8),
    "mappings": Variant(export_type="mappings"),
    "mappings compact": Variant(export_type="mappings", compact=True),
    "mappings filtered": Variant(export_type="mappings", filters=FEW),
    "mappings with columns": Variant(export_type="mappings", columns=("provider_id", "hotel_name")),
    "mappings empty": Variant(export_type="mappings", filters=NOBODY),
    "mappings over several sheets": Variant(export_type="mappings", rows_a_sheet=4),
    "suppliers": Variant(export_type="supplier_summary"),
    "suppliers by country": Variant(export_type="supplier_summary", filters=COUNTRIES),
    "suppliers by country compact": Variant(export_type="supplier_summary", filters=COUNTRIES, compact=True),
    "suppliers by country over several sheets": Variant(
        export_type="supplier_summary", filters=COUNTRIES, rows_a_sheet=2
    ),
    "suppliers with columns": Variant(export_type="supplier_summary", columns=("total_hotels", "provider_name")),
    "nasty hotels": Variant(export_type="hotels", catalogue="nasty"),
    "nasty hotels compact": Variant(export_type="hotels", catalogue="nasty", compact=True),
    "nasty mappings": Variant(export_type="mappings", catalogue="nasty"),
    "nasty mappings filtered": Variant(export_type="mappings", filters={"ittids": list(ITTIDS)}, catalogue="nasty"),
    "nasty suppliers": Variant(export_type="supplier_summary", filters=COUNTRIES, catalogue="nasty"),
    "no suppliers": Variant(export_type="supplier_summary", filters=COUNTRIES, catalogue="nothing"),
}


def nasty() -> model.Catalogue:
    """Every text, moment and supplier that is known to break exports, each in some cell."""
    texts = [*TEXTS, *LONG_TEXTS, *WITH_NUL, "https://example.com/" + "x" * 3000]
    moments = [MOMENTS[number % len(MOMENTS)] for number in range(len(texts))]
    ittids = [*ITTIDS, *(f"h{number}" for number in range(len(texts) - len(ITTIDS)))]
    countries = ("US", "FR", "\x01x", "日本", "=1", "", None)
    numbered = list(enumerate(zip(texts, moments, ittids, strict=True), 1))
    return {
        "hotels": [
            {"id": n, "ittid": ittid, "name": text, "address_line1": text, "rating": text, "updated_at": moment}
            | dict.fromkeys(("latitude", "longitude", "address_line2", "postal_code", "property_type"))
            | dict.fromkeys(("primary_photo", "map_status", "content_update_status", "created_at"))
            for n, (text, moment, ittid) in numbered
        ],
        "locations": [
            {"id": n, "ittid": ittid, "city_name": text, "country_code": countries[n % len(countries)]}
            | dict.fromkeys(("state_name", "state_code", "country_name", "master_city_name", "city_code"))
            | dict.fromkeys(("city_location_id", "created_at", "updated_at"))
            for n, (text, _, ittid) in numbered
        ],
        "contacts": [
            {"id": n, "ittid": ittid, "contact_type": "website", "value": text} for n, (text, _, ittid) in numbered
        ],
        "provider_mappings": [
            {"id": n, "ittid": ittid, "provider_name": SUPPLIERS[n % len(SUPPLIERS)], "provider_id": text}
            | {"system_type": "a", "vervotech_id": text, "giata_code": None, "created_at": moment, "updated_at": None}
            for n, (text, moment, ittid) in numbered
        ],
        "supplier_summary": [
            {"id": n, "provider_name": name, "total_hotels": n * n, "total_mappings": 2_147_483_647 - n}
            | {"last_updated": None, "summary_generated_at": MOMENTS[n % len(MOMENTS)]}
            for n, name in enumerate([*SUPPLIERS, "v\x0bt", "_x0041_", "\ufffe", "</t>&amp;", "x" * 300], 1)
        ],
    }


CATALOGUES: Mapping[str, model.Catalogue] = {
    "golden": model.load_catalogue(GOLDEN),
    "nasty": nasty(),
    "nothing": {table: [] for table in ("hotels", "locations", "contacts", "provider_mappings", "supplier_summary")},
}


@dataclass(frozen=True)
class Book:
    """One workbook that was written."""

    variant: Variant
    path: Path
    manifest: Manifest

    @property
    def parts(self) -> dict[str, bytes]:
        """Every part by its name."""
        with zipfile.ZipFile(self.path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    @property
    def sheets(self) -> dict[str, etree._Element]:
        """The XML of every sheet by its title, in order."""
        with zipfile.ZipFile(self.path) as archive:
            book = etree.fromstring(archive.read("xl/workbook.xml"))
            titles = [str(sheet.get("name")) for sheet in book.iter(f"{MAIN}sheet")]
            parts = [archive.read(f"xl/worksheets/sheet{number}.xml") for number in range(1, len(titles) + 1)]
        return dict(zip(titles, map(etree.fromstring, parts), strict=True))

    @property
    def filled(self) -> dict[str, etree._Element]:
        """The XML of the sheets that rows are in."""
        return {title: sheet for title, sheet in self.sheets.items() if title not in FRONTS}


def write(variant: Variant, url: str, path: Path, now: datetime = NOW) -> Book:
    """Write a workbook with the run's id and moment fixed."""
    asked = connect(url, now=lambda: now).export(variant.export_type, variant.filters)
    writer = WorkbookWriter(
        dataset=asked.dataset,
        options=Options(columns=variant.columns, compact=variant.compact),
        rows_a_sheet=variant.rows_a_sheet,
    )
    # Chunks that end in the middle of a sheet, and sheets that end in the middle of a chunk.
    request = Request(
        format="excel",
        writer=writer,
        target=path,
        now=lambda: now,
        export_id=EXPORT_ID,
        generated_by=WHO,
        workers=2,
        chunk_rows=7,
    )
    return Book(variant, path, export(asked.source, asked.dataset, request))


def compared(sheets: Mapping[str, Rows] | Sheets) -> dict[str, Rows]:
    """What is read and what the model says, made alike; without the front sheet, of which the model knows nothing."""
    return {title: model.comparable(rows) for title, rows in sheets.items() if title not in FRONTS}
