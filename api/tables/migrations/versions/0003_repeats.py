"""Jobs know what an identical request over an unchanged catalogue has in common with them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Go up."""
    op.add_column("export_jobs", sa.Column("repeat_key", sa.String(length=64), nullable=True))
    op.create_index("ix_export_jobs_repeat_key", "export_jobs", ["repeat_key"], unique=False)


def downgrade() -> None:
    """Go down."""
    op.drop_index("ix_export_jobs_repeat_key", "export_jobs")
    op.drop_column("export_jobs", "repeat_key")
