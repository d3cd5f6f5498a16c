"""The endpoints in somebody else's application: the example of the docs, as it stands there."""

import csv
import datetime as dt
import importlib.util
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.testclient import TestClient

from api.access.principal import Caller, Principal
from api.accounts.audit import Event
from api.app import create_router
from api.jobs.submit import know
from api.parts import Person
from api.settings import Settings
from api.tables.database import Database
from api.tables.migrate import upgrade
from api.tables.models import Role, User
from pipeline.scope import Allowed
from tests.api.conftest import SECRET, TABLES, Service
from tests.model import Catalogue
from tests.stored import store_in_duckdb

EXAMPLE = Path(__file__).parents[2] / "docs/host_app.py"


def example() -> Any:
    spec = importlib.util.spec_from_file_location("host_app", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_events_go_on_record_where_the_application_wants_them(service: Service) -> None:
    recorded: list[Event] = []

    class Recorder:
        def record(self, session: Session, event: Event, now: dt.datetime) -> None:
            del session, now
            recorded.append(event)

    app = FastAPI()
    app.include_router(create_router(service.parts.settings, audit=Recorder()), prefix="/exports")
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",))
    with TestClient(app, client=("127.0.0.1", 1), headers=who.headers) as client:
        assert client.post("/exports/mappings", json={"format": "csv"}).status_code == 200
        denied = {"format": "csv", "filters": {"suppliers": ["ean"]}}
        assert client.post("/exports/mappings", json=denied).status_code == 403
    assert [event.action for event in recorded] == ["export_accepted", "export_completed", "denied"]
    assert recorded[-1].filters == denied["filters"]


def test_who_is_refused_by_the_application_is_told_so_and_an_id_that_is_no_folder_is_its_mistake(
    service: Service,
) -> None:
    def current_user(request: Request) -> Person:
        if "x-who" not in request.headers:
            raise HTTPException(401, "log in first", headers={"WWW-Authenticate": "Cookie"})
        return Person(id=request.headers["x-who"], name="Ada", role=Role.SUPER_USER)

    app = FastAPI()
    app.include_router(create_router(service.parts.settings, current_user=current_user), prefix="/exports")
    with TestClient(app, client=("127.0.0.1", 1), raise_server_exceptions=False) as client:
        refused = client.get("/exports/jobs")
        assert (refused.status_code, refused.json()["error_code"]) == (401, "UNAUTHORIZED")
        assert (refused.json()["message"], refused.headers["WWW-Authenticate"]) == ("log in first", "Cookie")
        for who in ("acme/42", "..", "x" * 65):
            assert client.get("/exports/jobs", headers={"x-who": who}).status_code == 500


@pytest.mark.parametrize("tables", TABLES, indirect=True)
def test_two_first_requests_of_somebody_at_once_are_both_answered(service: Service) -> None:
    now = service.clock()
    caller = Caller(
        principal=Principal(id="ada", name="Ada", role=Role.SUPER_USER, allowed=Allowed(only=None)),
        ip_address="127.0.0.1",
        user_agent=None,
    )
    ready = threading.Barrier(4)

    def first(_: int) -> None:
        with service.parts.database.writing() as session:
            if service.parts.database.engine.dialect.name != "sqlite":  # which lets one in at a time
                session.get(User, caller.principal.id)
                ready.wait(30)
            know(session, caller, now)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(first, range(4))) == [None] * 4
    assert service.query(lambda session: session.get(User, "ada")) is not None


def test_the_example_of_the_docs(tmp_path: Path, golden: Catalogue) -> None:
    settings = Settings(
        _env_file=None,
        source=store_in_duckdb(tmp_path, golden),
        database=f"sqlite:///{tmp_path}/bellhop.sqlite",
        storage=f"file://{tmp_path}/files",
        secret_key=SECRET,
        rate_limit=2,
        max_body_bytes=500,
    )
    database = Database(settings.database.get_secret_value())
    upgrade(database)
    database.close()
    app, prefix = example().make_app(settings), "/catalogue/exports"
    with TestClient(app, client=("198.51.100.1", 1), cookies={"session": "cookie-of-ada"}) as client:
        assert client.get("/").json() == "an application of its own"
        answer = client.post(f"{prefix}/mappings", json={"format": "csv"})
        assert answer.status_code == 200, answer.text
        assert {row["provider_name"] for row in csv.DictReader(io.StringIO(answer.text))} == {"agoda"}
        assert client.get(answer.headers["Content-Location"]).content == answer.content
        denied = client.post(f"{prefix}/mappings", json={"format": "csv", "filters": {"suppliers": ["ean"]}})
        assert (denied.status_code, denied.json()["error_code"]) == (403, "INSUFFICIENT_PERMISSIONS")
        job = client.post(f"{prefix}/mappings", json={"format": "json"}, headers={"Prefer": "respond-async"})
        assert job.headers["Location"].startswith(f"{prefix}/status/")
        events = client.get(job.headers["Location"].replace("/status/", "/events/")).text
        assert '"status":"completed"' in events
        assert client.post(f"{prefix}/mappings", json={"format": "csv"}).json()["error_code"] == "RATE_LIMITED"
        assert client.get(f"{prefix}/jobs/nonsense").json()["error_code"] == "JOB_NOT_FOUND"
        assert "ExportHotelsRequest" in client.get("/openapi.json").json()["components"]["schemas"]
        large = client.post(f"{prefix}/mappings", content=(b"x" * 300 for _ in range(2)))
        assert (large.status_code, large.json()["details"]) == (413, {"maximum_bytes": 500})
        client.cookies.clear()
        assert client.get(f"{prefix}/jobs").json()["error_code"] == "UNAUTHORIZED"
