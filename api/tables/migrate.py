"""Bring the tables to a version, by the migrations that come with the service."""

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from api.tables.database import Database
from pipeline.errors import UsageError

_VERSION_TABLE = "bellhop_version"


def upgrade(database: Database, revision: str = "head") -> None:
    """Go up to a version."""
    _run(database, lambda config: command.upgrade(config, revision))


def downgrade(database: Database, revision: str = "base") -> None:
    """Go down to a version; what only later ones have is lost."""
    _run(database, lambda config: command.downgrade(config, revision))


def is_current(database: Database) -> bool:
    """Whether the tables are those of this service."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table(_VERSION_TABLE):
            return False
        found = connection.execute(select(text("version_num")).select_from(text(_VERSION_TABLE))).scalar()
    return found == ScriptDirectory.from_config(_config()).get_current_head()


def refuse_other_tables(url: str) -> None:
    """Refuse to run on tables of another version.

    Raises:
        UsageError: They are.

    """
    database = Database(url)
    try:
        current = is_current(database)
    finally:
        database.close()
    if not current:
        raise UsageError("the service's tables are not those of this version; bring them there: bellhop db upgrade")


def _run(database: Database, migrate: Callable[[Config], None]) -> None:
    config = _config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        migrate(config)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "api.tables:migrations")
    return config
