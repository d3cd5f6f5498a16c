"""What Alembic runs: the connection comes from ``api.tables.migrate``."""

from alembic import context

from api.tables.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table="bellhop_version",
    transactional_ddl=False,
)
with context.begin_transaction():
    context.run_migrations()
