"""An identical request over an unchanged catalogue is given the finished file, and no other request is."""

from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from sqlalchemy import select

from api.accounts.users import permit
from api.jobs.counts import KEPT_SECONDS, Counts
from api.jobs.worker import run_one
from api.tables.models import Activity, Job, Role, User
from tests.api.conftest import Service, Someone, Start
from tests.api.s3 import KEY, KEY_ID, new_bucket
from tests.model import Catalogue
from tests.stored import store_in_postgres

ASYNC = {"Prefer": "respond-async"}
PATH = "/mappings"
FOLDER = Path("files")


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was just made proves as much as an older one."""
    monkeypatch.setattr("pipeline.catalogue_version._SETTLED_NS", 0)


def exported(service: Service, who: Someone, path: str = PATH, **body: Any) -> Any:
    answer = service.export(who, path, format=body.pop("format", "json"), **body)
    assert answer.status_code == 200, answer.text
    return answer


def is_first(answer: Any) -> bool:
    """Whether a file was made for its own job."""
    return bool(answer.json()["metadata"]["export_id"] == answer.headers["X-Job-Id"])


@pytest.mark.usefixtures("settled")
def test_the_same_request_gives_the_same_bytes_at_its_own_charge_and_on_record(start: Start) -> None:
    service = start(repeats=True, workers=0)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda", "ean"), points=100)
    first, second = exported(service, who), exported(service, who, filters={"suppliers": "all"})
    assert is_first(first)
    assert second.content == first.content
    job_id = service.export(who, PATH, format="JSON", headers=ASYNC).json()["job_id"]
    assert run_one(service.parts)
    ids = [first.headers["X-Job-Id"], second.headers["X-Job-Id"], job_id]
    assert len(set(ids)) == 3
    assert service.balance(who) == 70
    jobs = service.query(lambda session: session.scalars(select(Job).order_by(Job.created_at)).all())
    assert [job.storage_key for job in jobs] == [f"{who.id}/{one}/1.json" for one in ids]
    assert {job.status for job in jobs} == {"completed"}
    assert len({(job.sha256, job.file_size, job.total_records, job.file_name) for job in jobs}) == 1
    logged = service.query(lambda session: session.scalars(select(Activity.action)).all())
    assert (logged.count("export_accepted"), logged.count("export_completed")) == (3, 3)
    manifests = [service.call("GET", f"/manifest/{one}", who).json() for one in ids]
    assert manifests[0] == manifests[1] == manifests[2]
    assert service.call("DELETE", f"/jobs/{ids[0]}", who).status_code == 204
    assert service.call("GET", f"/download/{job_id}", who).content == first.content


@pytest.mark.usefixtures("settled")
def test_what_differs_in_anything_is_exported(start: Start) -> None:
    service = start(repeats=True, rate_limit=100)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda", "ean"))
    other = service.someone(Role.GENERAL_USER, suppliers=("agoda", "ean"))
    assert is_first(exported(service, who))
    assert not is_first(exported(service, who))
    assert is_first(exported(service, other)), "another's file says who asked for it"
    assert is_first(exported(service, who, filters={"suppliers": ["agoda"]}))
    assert is_first(exported(service, who, path="/hotels"))
    assert service.export(who, PATH, format="csv").content != service.export(who, PATH, csv_separator=";").content
    with service.parts.database.writing() as session:
        permit(session, session.get_one(User, who.id), ["hotelbeds"], service.clock())
    assert is_first(exported(service, who)), "the suppliers are others"
    with service.parts.database.writing() as session:
        session.get_one(User, who.id).name = "renamed"
    assert exported(service, who).json()["metadata"]["generated_by"] == "renamed"


@pytest.mark.usefixtures("settled")
def test_a_catalogue_that_changed_is_read_again(start: Start) -> None:
    service = start(repeats=True)
    who = service.someone()
    before = exported(service, who)
    with duckdb.connect(service.parts.settings.source.get_secret_value().removeprefix("duckdb:///")) as file:
        file.execute("UPDATE provider_mappings SET provider_id = 'changed'")
    after = exported(service, who)
    assert is_first(after)
    assert "changed" in after.text
    assert "changed" not in before.text


def test_a_catalogue_that_was_just_changed_proves_nothing(start: Start) -> None:
    service = start(repeats=True)
    who = service.someone()
    Path(service.parts.settings.source.get_secret_value().removeprefix("duckdb:///")).touch()
    assert is_first(exported(service, who))
    job = service.query(lambda session: session.scalars(select(Job)).one())
    assert job.repeat_key is None


@pytest.mark.usefixtures("settled")
def test_a_finished_file_that_is_damaged_or_gone_is_not_given_again(start: Start) -> None:
    service = start(repeats=True)
    who = service.someone()
    exported(service, who)
    (file,) = (service.folder / FOLDER).rglob("*.json")
    content = bytearray(file.read_bytes())
    content[-9] ^= 1
    file.write_bytes(content)
    again = exported(service, who)
    assert is_first(again)
    for file in (service.folder / FOLDER).rglob("*.json"):
        file.unlink()
    assert is_first(exported(service, who))


@pytest.mark.usefixtures("settled")
def test_an_object_storage_copies_by_itself(start: Start, endpoint: str) -> None:
    service = start(
        repeats=True,
        storage=f"s3://{new_bucket(endpoint)}?endpoint={endpoint}",
        s3_access_key_id=KEY_ID,
        s3_secret_access_key=KEY,
    )
    who = service.someone()
    first, second = exported(service, who), exported(service, who)
    assert (first.content, first.headers["ETag"]) == (second.content, second.headers["ETag"])
    assert len(list(service.parts.storage.files())) == 2


def test_an_operators_version_proves_what_a_server_cannot(
    start: Start, golden: Catalogue, postgres_url: str, tmp_path: Path
) -> None:
    store_in_postgres(postgres_url, golden)
    (tmp_path / "version.sql").write_text("SELECT CAST(max(number) AS text) AS version FROM loads")
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute("CREATE TABLE loads (number bigint)")
        service = start(postgres_url, repeats=True, sql_dir=tmp_path, rate_limit=100)
        who = service.someone()
        assert [is_first(exported(service, who)) for _ in range(2)] == [True, True], "NULL proves nothing"
        database.execute("INSERT INTO loads VALUES (1)")
        assert [is_first(exported(service, who)) for _ in range(2)] == [True, False]
        database.execute("INSERT INTO loads VALUES (2)")
        assert [is_first(exported(service, who)) for _ in range(2)] == [True, False]
        (tmp_path / "version.sql").unlink()
        (tmp_path / "locations.sql").write_text("SELECT * FROM locations")
        assert [is_first(exported(service, who)) for _ in range(2)] == [True, True]


def test_a_count_for_an_estimate_is_kept_for_a_minute_and_says_so(start: Start) -> None:
    service = start()
    who, few = service.someone(), service.someone(Role.GENERAL_USER, suppliers=("agoda",))

    def estimate(of: Someone, **body: Any) -> Any:
        return service.call("POST", "/estimate/mappings", of, json={"format": "csv", **body}).json()

    moment = 0.0
    object.__setattr__(service.parts, "counts", Counts(clock=lambda: moment))
    first = estimate(who)
    assert first["counted_seconds_ago"] == 0
    with duckdb.connect(service.parts.settings.source.get_secret_value().removeprefix("duckdb:///")) as file:
        file.execute("DELETE FROM provider_mappings WHERE provider_name <> 'agoda'")
    moment = 42.0
    again = estimate(who, format="json")
    assert (again["records"], again["counted_seconds_ago"]) == (first["records"], 42)
    assert estimate(few)["counted_seconds_ago"] == 0, "whoever sees other suppliers has counts of their own"
    moment = KEPT_SECONDS
    late = estimate(who)
    assert late["counted_seconds_ago"] == 0
    assert late["records"] < first["records"]
