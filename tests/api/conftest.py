"""A whole service for each test: tables in a database of its own, a catalogue, a storage, and people of every role."""

import datetime as dt
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.accounts.points import Ledger
from api.accounts.users import add_key, add_user, allow_networks, permit
from api.app import PREFIX, create_app
from api.parts import Parts
from api.settings import Settings
from api.tables.database import Database, utc_now
from api.tables.migrate import upgrade
from api.tables.models import Role
from tests.api.s3 import s3_server
from tests.model import Catalogue, load_catalogue
from tests.require import require
from tests.stored import SERVERS, empty_url, store_in_duckdb

TABLES = ("sqlite", "postgres", "mysql")
SECRET = "".join(map(chr, range(ord("0"), ord("z"))))
HOME = "127.0.0.1"
"""Where requests come from."""


class Moving:
    """A clock that a test can move."""

    def __init__(self) -> None:
        self.ahead = dt.timedelta()

    def __call__(self) -> dt.datetime:
        return utc_now() + self.ahead


@dataclass(frozen=True, kw_only=True)
class Someone:
    """A user of a test, with a key."""

    id: str
    name: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"X-API-Key": self.key}


@dataclass(kw_only=True)
class Service:
    """A service that runs, and what a test needs of it."""

    app: FastAPI
    client: TestClient
    clock: Moving
    folder: Path
    prefix: str = PREFIX
    names: set[str] = field(default_factory=set)

    @property
    def parts(self) -> Parts:
        parts: Parts = self.app.state.bellhop
        return parts

    def someone(
        self,
        role: Role = Role.SUPER_USER,
        *,
        suppliers: tuple[str, ...] = (),
        points: int = 1_000,
        networks: tuple[str, ...] = (HOME,),
        name: str | None = None,
    ) -> Someone:
        now = self.clock()
        with self.parts.database.writing() as session:
            user = add_user(session, name or f"user-{secrets.token_hex(4)}", role, now)
            permit(session, user, suppliers, now)
            allow_networks(session, user, networks, now)
            if points:
                Ledger().grant(session, user.id, points, now)
            key = add_key(session, user, now)
            return Someone(id=user.id, name=user.name, key=key)

    def call(self, method: str, path: str, who: Someone | None = None, **more: Any) -> Any:
        headers = {**(who.headers if who else {}), **more.pop("headers", {})}
        return self.client.request(method, f"{self.prefix}{path}", headers=headers, **more)

    def export(self, who: Someone, path: str = "/hotels", *, headers: Mapping[str, str] = {}, **body: Any) -> Any:
        return self.call("POST", path, who, json={"format": "csv", **body}, headers=dict(headers))

    def balance(self, who: Someone) -> int:
        with self.parts.database.reading() as session:
            return Ledger().balance(session, who.id)

    def query(self, ask: Callable[[Any], Any]) -> Any:
        with self.parts.database.reading() as session:
            return ask(session)

    def finished(self, who: Someone, job_id: str, seconds: float = 30.0) -> Any:
        """The job, when it has ended."""
        deadline = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
        while dt.datetime.now(dt.UTC) < deadline:
            job = self.call("GET", f"/status/{job_id}", who).json()
            if job["status"] not in ("pending", "processing"):
                return job
        raise AssertionError(f"the job did not end: {job}")


Start = Callable[..., Service]


@pytest.fixture(scope="session")
def golden() -> Catalogue:
    return load_catalogue(Path(__file__).parents[1] / "golden/catalogue.json")


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """A server that speaks S3."""
    require(find_spec("moto"), "a server that speaks S3: moto")
    with s3_server() as url:
        yield url


@pytest.fixture
def tables(request: pytest.FixtureRequest) -> str:
    """Where the service's tables are; tests that are run over all of them parametrise this.

    The others go to BELLHOP_TEST_TABLES: the whole suite holds on postgres and on mysql, too.
    """
    return str(getattr(request, "param", os.environ.get("BELLHOP_TEST_TABLES", "sqlite")))


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory, golden: Catalogue) -> tuple[Path, Path]:
    """Two files to copy: the small catalogue, and empty tables of the service."""
    folder = tmp_path_factory.mktemp("pristine")
    tables = folder / "bellhop.sqlite"
    migrated(f"sqlite:///{tables}")
    return Path(store_in_duckdb(folder, golden).removeprefix("duckdb:///")), tables


def migrated(url: str) -> str:
    """A database with the service's tables."""
    database = Database(url)
    upgrade(database)
    database.close()
    return url


@contextmanager
def tables_url(kind: str, folder: Path, pristine: Path) -> Iterator[str]:
    """A database of a kind with the service's tables, empty."""
    if kind in SERVERS:
        with empty_url(kind, folder) as url:
            yield migrated(url)
    else:
        yield f"sqlite:///{shutil.copy(pristine, folder)}"


@pytest.fixture
def start(tmp_path: Path, tables: str, pristine: tuple[Path, Path]) -> Iterator[Start]:
    """Start a service; settings may be given."""
    catalogue, empty = pristine
    with ExitStack() as stack:

        def started(source: str | None = None, **given: Any) -> Service:
            folder = tmp_path / secrets.token_hex(4)
            folder.mkdir()
            settings = Settings(
                _env_file=None,
                **{
                    "source": source or f"duckdb:///{shutil.copy(catalogue, folder)}",
                    "database": stack.enter_context(tables_url(tables, folder, empty)),
                    "storage": f"file://{folder / 'files'}",
                    "secret_key": SECRET,
                    "storage_reserve_bytes": 0,
                    "encoders": 1,
                    "repeats": False,
                    "grace": dt.timedelta(seconds=1),
                    "cleanup_interval": dt.timedelta(),  # else rows go while a test moves the clock
                    **given,
                },
            )
            clock = Moving()
            app = create_app(settings, clock=clock)
            client = stack.enter_context(TestClient(app, client=(HOME, 50_000), raise_server_exceptions=False))
            return Service(app=app, client=client, clock=clock, folder=folder)

        yield started


@pytest.fixture
def service(start: Start) -> Service:
    """A service at its defaults."""
    return start()
