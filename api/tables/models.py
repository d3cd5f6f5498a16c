"""The tables, as SQLAlchemy has them; ``migrations/`` makes them."""

import datetime as dt
import enum
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import DateTime

Moment = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
"""A naive UTC datetime with microseconds."""
LongText = Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
"""100,000 ittids are megabytes."""
Number = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")

_ID = String(64)
_NAME = String(255)
_TEXT = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


class Base(DeclarativeBase):
    """All tables; on MySQL text is compared code point for code point."""

    __table_args__: Any = _TEXT
    type_annotation_map: ClassVar[dict[Any, Any]] = {dt.datetime: Moment, dict[str, Any]: JSON, int: Number}


class Role(enum.StrEnum):
    """What a user is."""

    SUPER_USER = "super_user"
    ADMIN_USER = "admin_user"
    GENERAL_USER = "general_user"


class JobStatus(enum.StrEnum):
    """Where a job is."""

    PENDING = "pending"
    """Accepted and paid for; nobody works on it."""
    PROCESSING = "processing"
    """Somebody works on it, and holds its lease."""
    COMPLETED = "completed"
    """The file is there."""
    FAILED = "failed"
    """There will be no file; the points are back."""
    CANCELLED = "cancelled"
    """Its user did not want it any more; the points are back."""
    EXPIRED = "expired"
    """It was completed, and its file is gone."""


RUNNING = (JobStatus.PENDING, JobStatus.PROCESSING)
"""A job that is in none of these has ended."""


class User(Base):
    """Who may come in."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    name: Mapped[str] = mapped_column(_NAME, unique=True)
    role: Mapped[str] = mapped_column(String(20))
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime]


class ApiKey(Base):
    """A key that a user may show: only its hash."""

    __tablename__ = "api_keys"
    __table_args__ = (Index("ix_api_keys_user_id", "user_id"), _TEXT)

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class ProviderPermission(Base):
    """A supplier that a general user may see, or one that is switched off for a user."""

    __tablename__ = "user_provider_permissions"
    __table_args__ = (UniqueConstraint("user_id", "provider_name"), _TEXT)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    provider_name: Mapped[str | None] = mapped_column(_NAME)
    created_at: Mapped[dt.datetime]


class AllowedNetwork(Base):
    """An address or network that a user may come from."""

    __tablename__ = "user_ip_whitelist"
    __table_args__ = (UniqueConstraint("user_id", "network"), _TEXT)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    network: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[dt.datetime]


class Points(Base):
    """What a user may still spend."""

    __tablename__ = "user_points"
    __table_args__ = (CheckConstraint("balance >= 0", name="ck_user_points_balance"), _TEXT)

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    balance: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[dt.datetime]


class PointTransaction(Base):
    """One movement of points; all of a user's add up to the balance."""

    __tablename__ = "point_transactions"
    __table_args__ = (
        UniqueConstraint("job_id", "kind", name="uq_point_transactions_job_id_kind"),
        Index("ix_point_transactions_user_id", "user_id"),
        _TEXT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    job_id: Mapped[str | None] = mapped_column(_ID)
    kind: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int]
    balance_after: Mapped[int]
    created_at: Mapped[dt.datetime]


class Activity(Base):
    """One row of the activity log, chained to the row before."""

    __tablename__ = "user_activity_logs"
    __table_args__ = (
        Index("ix_user_activity_logs_user_id_action", "user_id", "action", "created_at"),
        Index("ix_user_activity_logs_created_at", "created_at"),
        _TEXT,
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    created_at: Mapped[dt.datetime]
    action: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[str | None] = mapped_column(_ID)
    job_id: Mapped[str | None] = mapped_column(_ID)
    filters: Mapped[str | None] = mapped_column(LongText)
    """JSON; long lists are cut to a count."""
    record_count: Mapped[int | None]
    file_size: Mapped[int | None]
    ip_address: Mapped[str | None] = mapped_column(String(64))
    user_agent: Mapped[str | None] = mapped_column(_NAME)
    security_level: Mapped[str] = mapped_column(String(10))
    success: Mapped[bool]
    details: Mapped[str | None] = mapped_column(_NAME)
    mac: Mapped[str] = mapped_column(String(64))


class ActivityHead(Base):
    """The ends of the chain: the last row that was cleaned away, and the newest."""

    __tablename__ = "user_activity_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_number: Mapped[int]
    first_mac: Mapped[str] = mapped_column(String(64))
    last_number: Mapped[int]
    last_mac: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))


class Job(Base):
    """One export, direct or not: the only durable record of it."""

    __tablename__ = "export_jobs"
    __table_args__ = (
        UniqueConstraint("user_id", "idempotency_key", name="uq_export_jobs_idempotency_key"),
        Index("ix_export_jobs_user_id", "user_id", "created_at"),
        Index("ix_export_jobs_status", "status"),
        Index("ix_export_jobs_created_at", "created_at"),
        Index("ix_export_jobs_expires_at", "expires_at"),
        Index("ix_export_jobs_repeat_key", "repeat_key"),
        Index("ix_export_jobs_claim", "status", "lease_until", "created_at"),
        CheckConstraint("progress_percentage BETWEEN 0 AND 100", name="ck_export_jobs_progress"),
        _TEXT,
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    export_type: Mapped[str] = mapped_column(String(40))
    format: Mapped[str] = mapped_column(String(20))
    filters: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As given, validated."""
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    scope: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The suppliers that its user could see when it was accepted; a download holds them against those of its day."""
    is_direct: Mapped[bool] = mapped_column(default=False)
    """Whether its file is the answer to the request that began it."""
    status: Mapped[str] = mapped_column(String(20))
    progress_percentage: Mapped[int] = mapped_column(default=0)
    processed_records: Mapped[int] = mapped_column(default=0)
    total_records: Mapped[int | None]
    attempt: Mapped[int] = mapped_column(default=0)
    """The fence: whoever writes to a running job names the attempt that is theirs."""
    lost_attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of them ended with their worker: it was not heard of for its lease."""
    lease_until: Mapped[dt.datetime | None]
    heartbeat_at: Mapped[dt.datetime | None]
    storage_key: Mapped[str | None] = mapped_column(_NAME)
    file_name: Mapped[str | None] = mapped_column(_NAME)
    file_size: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    manifest: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    points_charged: Mapped[int] = mapped_column(default=0)
    idempotency_key: Mapped[str | None] = mapped_column(_NAME)
    request_hash: Mapped[str] = mapped_column(String(64))
    repeat_key: Mapped[str | None] = mapped_column(String(64))
    """What requests have in common that give the same bytes; none where nothing proves that."""
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_message: Mapped[str | None] = mapped_column(Text)
    ip_address: Mapped[str | None] = mapped_column(String(64))
    user_agent: Mapped[str | None] = mapped_column(_NAME)
    created_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    completed_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime | None]
    deleted_at: Mapped[dt.datetime | None]
    """When its user deleted it: the row stays, since it counts towards the limit of exports."""
