"""Jobs know how often they were lost with their worker."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

_NUMBER = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Go up."""
    op.add_column("export_jobs", sa.Column("lost_attempts", _NUMBER, nullable=False, server_default="0"))


def downgrade() -> None:
    """Go down."""
    op.drop_column("export_jobs", "lost_attempts")
