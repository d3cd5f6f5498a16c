"""A service to try: a made catalogue, tables and files in a folder that goes away in the end, a user of each role."""

import datetime as dt
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pipeline
from api.accounts.points import Ledger
from api.accounts.users import add_key, add_user, allow_networks, permit
from api.settings import Settings
from api.tables.database import Database, utc_now
from api.tables.migrate import upgrade
from api.tables.models import Role

_HOTELS = 20_000
_POINTS = 100
_HOME = ("127.0.0.0/8", "::1")
_SUPPLIERS_SEEN = 3


@dataclass(frozen=True, kw_only=True)
class Demo:
    """Settings of a service, and the keys of its users."""

    settings: Settings
    keys: Mapping[str, str]

    def greeting(self, host: str, port: int) -> str:
        """What there is, and what to try."""
        url = f"http://{host}:{port}"
        lines = [f"{role:<13} {key}" for role, key in self.keys.items()]
        asked = f"""curl {url}/v1.0/export/hotels -H 'X-API-Key: {self.keys["general_user"]}' \\
  -H 'Content-Type: application/json' -d '{{"format": "csv", "filters": {{"country_codes": ["FR"]}}}}'"""
        return "\n".join([f"{_HOTELS:,} made hotels at {url}/docs; the key of a user of each role:", *lines, asked])


@contextmanager
def demo_settings() -> Iterator[Demo]:
    """Make all that a demo needs, in a folder that goes away with it."""
    with tempfile.TemporaryDirectory(prefix="bellhop-demo-") as name:
        folder = Path(name)
        source = f"duckdb:///{folder / 'catalogue.duckdb'}"
        pipeline.make_catalogue(source, hotels=_HOTELS, now=dt.datetime.now(dt.UTC))
        settings = Settings(
            source=source,
            source_label="demo",
            database=f"sqlite:///{folder / 'bellhop.sqlite'}",
            storage=f"file://{folder / 'files'}",
            secret_key=secrets.token_urlsafe(48),
        )
        yield Demo(settings=settings, keys=_keys(settings))


def _keys(settings: Settings) -> dict[str, str]:
    with pipeline.connect(settings.source.get_secret_value()) as catalogue:
        suppliers = catalogue.mappings().suppliers()
    database, now = Database(settings.database.get_secret_value()), utc_now()
    upgrade(database)
    keys = {}
    with database.writing() as session:
        for role in Role:
            user = add_user(session, role.value, role, now)
            allow_networks(session, user, _HOME, now)
            if role is Role.GENERAL_USER:
                permit(session, user, suppliers[:_SUPPLIERS_SEEN], now)
                Ledger().grant(session, user.id, _POINTS, now)
            keys[role.value] = add_key(session, user, now)
    database.close()
    return keys
