"""A supplier that one may not see is in no byte of any answer; and what others map changes nothing (E2)."""

import io
import zipfile
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.tables.models import Role
from tests.api.conftest import Service, Someone, Start
from tests.figures import figure
from tests.model import Catalogue
from tests.stored import store_in_duckdb
from tests.strategies import catalogues

FORMATS = ("csv", "json", "ndjson", "excel", "parquet", "arrow")
EXPORTS = ("hotels", "mappings", "supplier-summary")


def marked(catalogue: Catalogue) -> tuple[Catalogue, dict[str, str]]:
    """The catalogue with a canary in each supplier's name and in all that is theirs; the canary of each."""
    names = {row["provider_name"] for table in ("provider_mappings", "supplier_summary") for row in catalogue[table]}
    canaries = {f"{name} canary{number}x": f"canary{number}x" for number, name in enumerate(sorted(names))}
    renamed = dict(zip(sorted(names), canaries, strict=True))
    rows = {table: [dict(row) for row in of_table] for table, of_table in catalogue.items()}
    for table in ("provider_mappings", "supplier_summary"):
        for row in rows[table]:
            row["provider_name"] = renamed[row["provider_name"]]
            if table == "provider_mappings":
                row["provider_id"] = f"{row['provider_id']} {canaries[row['provider_name']]}"
                for column in ("giata_code", "vervotech_id"):
                    row[column] = row[column] and f"{row[column]} {canaries[row['provider_name']]}"
    return rows, canaries


def without(catalogue: Catalogue, hidden: set[str]) -> Catalogue:
    """The catalogue as if these suppliers were not there."""
    return {table: [row for row in rows if row.get("provider_name") not in hidden] for table, rows in catalogue.items()}


def plain(content: bytes, format_: str) -> str:
    """All that a file says, unpacked."""
    if format_ == "excel":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "".join(book.read(name).decode() for name in book.namelist())
    if format_ in ("parquet", "arrow"):
        table = pq.read_table(io.BytesIO(content)) if format_ == "parquet" else pa.ipc.open_file(content).read_all()
        return f"{table.to_pylist()} {table.schema.metadata}"
    return content.decode()


def with_source(service: Service, url: str) -> None:
    """Let a service read another catalogue."""
    changed = service.parts.settings.model_copy(update={"source": type(service.parts.settings.source)(url)})
    object.__setattr__(service.parts, "settings", changed)


def told(service: Service, who: Someone, export: str, format_: str) -> list[str]:
    """Everything that a user is told about an export, in text."""
    answer = service.export(who, f"/{export}", format=format_, **breakdown(export))
    if answer.status_code != 200:
        assert (answer.status_code, answer.json()["error_code"]) == (403, "INSUFFICIENT_PERMISSIONS")
        return [answer.text]
    manifest = service.call("GET", f"/manifest/{answer.headers['X-Job-Id']}", who)
    estimate = service.call("POST", f"/estimate/{export}", who, json={"format": format_, **breakdown(export)})
    status = service.call("GET", f"/status/{answer.headers['X-Job-Id']}", who)
    return [plain(answer.content, format_), str(answer.headers), manifest.text, estimate.text, status.text]


def breakdown(export: str) -> dict[str, Any]:
    return {"filters": {"include_country_breakdown": True}} if export == "supplier-summary" else {}


@pytest.fixture
def service(start: Start) -> Service:
    return start(rate_limit=10**9)


@settings(
    max_examples=figure(12, promised=10_000),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(catalogue=catalogues(), draw=st.data())
def test_canaries_of_forbidden_suppliers_are_nowhere(
    service: Service, catalogue: Catalogue, draw: st.DataObject
) -> None:
    there, canaries = marked(catalogue)
    suppliers = sorted(canaries)
    off = {name for name in suppliers if draw.draw(st.booleans())}
    folds = {name.casefold() for name in off}
    off = {name for name in suppliers if name.casefold() in folds}
    is_general = draw.draw(st.booleans())
    rows = tuple(set(suppliers) - off) if is_general else tuple(f"Temp_Deactivated_{name}" for name in off)
    who = service.someone(Role.GENERAL_USER if is_general else Role.SUPER_USER, suppliers=rows, points=10**6)
    with_source(service, store_in_duckdb(service.folder, there))
    export, format_ = draw.draw(st.sampled_from(EXPORTS)), draw.draw(st.sampled_from(FORMATS))
    texts = told(service, who, export, format_)
    texts.append(service.call("GET", "/my-validation", who).text)
    texts += [service.export(who, f"/{export}", filters={"suppliers": ["nobody"]}).text]
    for name in off:
        assert not [text for text in texts if canaries[name] in text], (name, export, format_)


@pytest.mark.parametrize("format_", FORMATS)
def test_no_format_shows_a_forbidden_supplier_directly_or_by_a_job(
    service: Service, golden: Catalogue, format_: str
) -> None:
    there, canaries = marked(golden)
    own, *others = sorted(canaries)
    who = service.someone(Role.GENERAL_USER, suppliers=(own,), points=10**6)
    with_source(service, store_in_duckdb(service.folder, there))
    for export in EXPORTS:
        texts = told(service, who, export, format_)
        body = {"format": format_, **breakdown(export)}
        job_id = service.export(who, f"/{export}", headers={"Prefer": "respond-async"}, **body).json()["job_id"]
        texts.append(str(service.finished(who, job_id)))
        texts.append(plain(service.call("GET", f"/download/{job_id}", who).content, format_))
        assert canaries[own] in texts[0]
        assert canaries[own] in texts[-1]
        assert not [name for name in others if any(canaries[name] in text for text in texts)], export


def test_what_forbidden_suppliers_map_changes_nothing(service: Service, golden: Catalogue) -> None:
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",), points=10**6)
    without_others = store_in_duckdb(service.folder, without(golden, {"ean", "hotelbeds", "Paximum"}))
    with_others = service.parts.settings.source.get_secret_value()
    for export in EXPORTS:
        files = []
        for url in (with_others, without_others):
            with_source(service, url)
            files.append(service.export(who, f"/{export}", **breakdown(export)))
        assert files[0].status_code == 200
        assert files[0].content == files[1].content
        counts = [
            {n: manifest[n] for n in ("records", "rows", "orphans", "ratings_not_numeric", "content_hash", "scope")}
            for manifest in (service.call("GET", f"/manifest/{f.headers['X-Job-Id']}", who).json() for f in files)
        ]
        assert counts[0] == counts[1]
