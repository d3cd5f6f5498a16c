"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, sqlite

_NUMBER = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
_MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
_TEXT: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "user_activity_head",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("first_number", _NUMBER, nullable=False),
        sa.Column("first_mac", sa.String(length=64), nullable=False),
        sa.Column("last_number", _NUMBER, nullable=False),
        sa.Column("last_mac", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **_TEXT,
    )
    op.create_table(
        "user_activity_logs",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=True),
        sa.Column("job_id", sa.String(length=64), nullable=True),
        sa.Column("filters", _LONG_TEXT, nullable=True),
        sa.Column("record_count", _NUMBER, nullable=True),
        sa.Column("file_size", _NUMBER, nullable=True),
        sa.Column("ip_address", sa.String(length=64), nullable=True),
        sa.Column("user_agent", sa.String(length=255), nullable=True),
        sa.Column("security_level", sa.String(length=10), nullable=False),
        sa.Column("success", sa.Boolean(), nullable=False),
        sa.Column("details", sa.String(length=255), nullable=True),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        **_TEXT,
    )
    op.create_index("ix_user_activity_logs_created_at", "user_activity_logs", ["created_at"], unique=False)
    op.create_index(
        "ix_user_activity_logs_user_id_action", "user_activity_logs", ["user_id", "action", "created_at"], unique=False
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        **_TEXT,
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key_hash"),
        **_TEXT,
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"], unique=False)
    op.create_table(
        "export_jobs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("export_type", sa.String(length=40), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("is_direct", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("progress_percentage", _NUMBER, nullable=False),
        sa.Column("processed_records", _NUMBER, nullable=False),
        sa.Column("total_records", _NUMBER, nullable=True),
        sa.Column("attempt", _NUMBER, nullable=False),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.Column("heartbeat_at", _MOMENT, nullable=True),
        sa.Column("storage_key", sa.String(length=255), nullable=True),
        sa.Column("file_name", sa.String(length=255), nullable=True),
        sa.Column("file_size", _NUMBER, nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("manifest", sa.JSON(), nullable=True),
        sa.Column("points_charged", _NUMBER, nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("ip_address", sa.String(length=64), nullable=True),
        sa.Column("user_agent", sa.String(length=255), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=True),
        sa.Column("completed_at", _MOMENT, nullable=True),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("deleted_at", _MOMENT, nullable=True),
        sa.CheckConstraint("progress_percentage BETWEEN 0 AND 100", name="ck_export_jobs_progress"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "idempotency_key", name="uq_export_jobs_idempotency_key"),
        **_TEXT,
    )
    op.create_index("ix_export_jobs_claim", "export_jobs", ["status", "lease_until", "created_at"], unique=False)
    op.create_index("ix_export_jobs_created_at", "export_jobs", ["created_at"], unique=False)
    op.create_index("ix_export_jobs_expires_at", "export_jobs", ["expires_at"], unique=False)
    op.create_index("ix_export_jobs_status", "export_jobs", ["status"], unique=False)
    op.create_index("ix_export_jobs_user_id", "export_jobs", ["user_id", "created_at"], unique=False)
    op.create_table(
        "point_transactions",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("amount", _NUMBER, nullable=False),
        sa.Column("balance_after", _NUMBER, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("job_id", "kind", name="uq_point_transactions_job_id_kind"),
        **_TEXT,
    )
    op.create_index("ix_point_transactions_user_id", "point_transactions", ["user_id"], unique=False)
    op.create_table(
        "user_ip_whitelist",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "network"),
        **_TEXT,
    )
    op.create_table(
        "user_points",
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("balance", _NUMBER, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.CheckConstraint("balance >= 0", name="ck_user_points_balance"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id"),
        **_TEXT,
    )
    op.create_table(
        "user_provider_permissions",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("provider_name", sa.String(length=255), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "provider_name"),
        **_TEXT,
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("user_provider_permissions")
    op.drop_table("user_points")
    op.drop_table("user_ip_whitelist")
    op.drop_table("point_transactions")
    op.drop_table("export_jobs")
    op.drop_table("api_keys")
    op.drop_table("users")
    op.drop_table("user_activity_logs")
    op.drop_table("user_activity_head")
