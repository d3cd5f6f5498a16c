"""What the service is made of: put together once, handed to whoever needs it."""

import datetime as dt
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.orm import Session
from starlette.requests import Request

import pipeline
from api.access.limits import RateLimit
from api.access.network import Address
from api.accounts.audit import Event
from api.jobs.counts import Counts
from api.jobs.interrupt import Running
from api.jobs.steps import Reached, unheard
from api.metrics import Metrics
from api.settings import Settings
from api.storage.base import Storage
from api.tables.database import Clock, Database
from api.tables.models import Role
from pipeline.scope import Allowed


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who is logged in."""

    id: str
    """Up to 64 letters, digits, ``-`` and ``_``."""
    name: str
    role: Role


CurrentUser = Callable[[Request], Person | Awaitable[Person]]
"""Who asks; raises ApiError UNAUTHORIZED when nobody is logged in."""

SupplierPermissions = Callable[[Person], Allowed]
"""The suppliers that somebody may see, as of now."""

IpCheck = Callable[[Person, Address], bool]
"""Whether somebody may come from an address."""


class PointsAccount(Protocol):
    """Where points are kept; each call belongs to the transaction of the session."""

    def charge(self, session: Session, user_id: str, job_id: str, cost: int, now: dt.datetime) -> None:
        """Take points, or raise ApiError INSUFFICIENT_POINTS."""

    def refund(self, session: Session, user_id: str, job_id: str, cost: int, now: dt.datetime) -> None:
        """Give them back."""

    def balance(self, session: Session, user_id: str) -> int:
        """What there is to spend."""


class AuditLog(Protocol):
    """Where events go on record, in the transaction of the session."""

    def record(self, session: Session, event: Event, now: dt.datetime) -> None:
        """Write one down."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """Who is asked about a request."""

    current_user: CurrentUser
    supplier_permissions: SupplierPermissions
    ip_check: IpCheck


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything that routes and jobs share."""

    settings: Settings
    database: Database
    storage: Storage
    clock: Clock
    access: Access
    points: PointsAccount
    audit: AuditLog
    rate: RateLimit
    metrics: Metrics
    pool: ThreadPoolExecutor
    """Where requests read the catalogue: so many at once, the others wait."""
    counts: Counts = field(default_factory=Counts)
    """What was counted for estimates in the last minute."""
    running: Running = field(default_factory=Running)
    """The jobs of this process."""
    waiting: threading.Event = field(default_factory=threading.Event)
    """Set when a job was added: workers of this process need not look for it."""
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the service is to end."""
    reached: Reached = unheard
    """Told of each step of each job."""

    def catalogue(self, job_id: str, executor: Executor | None = None) -> pipeline.Catalogue:
        """The catalogue, for the export of one job; its chunks are encoded here, or on an executor."""
        return pipeline.connect(
            self.settings.source.get_secret_value(),
            sql_dir=self.settings.sql_dir,
            executor=executor,
            now=lambda: self.clock().replace(tzinfo=dt.UTC),
            new_id=lambda: job_id,
        )

    def record(self, session: Session, event: Event) -> None:
        """Put an event on record."""
        self.audit.record(session, event, self.clock())
