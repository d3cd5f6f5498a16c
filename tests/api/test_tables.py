"""The tables: migrations lead up to the models and down to nothing, and the catalogue may live beside them."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from api.tables.database import Database
from api.tables.migrate import downgrade, is_current, upgrade
from api.tables.models import Base
from tests.api.conftest import TABLES, Start, migrated
from tests.model import Catalogue
from tests.stored import empty_url, store_of


@pytest.mark.parametrize("kind", TABLES)
def test_migrations_lead_up_to_the_models_and_down_to_nothing(kind: str, tmp_path: Path) -> None:
    with empty_url(kind, tmp_path) as url:
        database = Database(url)
        for _ in range(2):
            assert not is_current(database)
            upgrade(database)
            assert is_current(database)
            with database.engine.connect() as connection:
                context = MigrationContext.configure(connection, opts={"version_table": "bellhop_version"})
                assert compare_metadata(context, Base.metadata) == []
            downgrade(database)
            assert inspect(database.engine).get_table_names() == ["bellhop_version"]
        database.close()


@pytest.mark.parametrize("kind", TABLES)
def test_the_catalogue_may_live_in_the_same_database(
    kind: str, start: Start, tmp_path: Path, golden: Catalogue
) -> None:
    with store_of(kind, tmp_path) as store:
        url = store(golden)
        service = start(source=url, database=migrated(url))
        who = service.someone()
        direct = service.export(who, "/mappings")
        assert direct.status_code == 200, direct.text
        job_id = service.export(who, "/mappings", headers={"Prefer": "respond-async"}).json()["job_id"]
        assert service.finished(who, job_id)["status"] == "completed"
        assert service.call("GET", f"/download/{job_id}", who).content == direct.content
