"""The activity log: each row carries a MAC over itself and the row before, so that a change shows.

The newest number and MAC stand in a row of their own, sealed as well: cutting the newest rows shows, too. What
clean-up takes away at the other end moves the chain's beginning there.
"""

import datetime as dt
import enum
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.tables.models import Activity, ActivityHead, User

_HEAD = 1
_SECURITY_LEVEL = "HIGH"
_NOTHING = "0" * 64
_FIELDS = (
    "number", "created_at", "action", "user_id", "job_id", "filters", "record_count", "file_size", "ip_address",
    "user_agent", "security_level", "success", "details",
)  # fmt: skip
_LIST_SHOWN = 20
_TEXT_SHOWN = 200
_AGENT_CHARACTERS = 255
_ROWS_AT_ONCE = 1_000


class Action(enum.StrEnum):
    """What is on record."""

    EXPORT_ACCEPTED = "export_accepted"
    EXPORT_COMPLETED = "export_completed"
    EXPORT_FAILED = "export_failed"
    EXPORT_CANCELLED = "export_cancelled"
    JOB_DELETED = "job_deleted"
    DOWNLOAD = "download"
    DENIED = "denied"
    REFUSED = "refused"
    ADMINISTRATION = "administration"


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that goes on record."""

    action: Action
    success: bool = True
    user_id: str | None = None
    job_id: str | None = None
    filters: Mapping[str, Any] | None = None
    record_count: int | None = None
    file_size: int | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    details: str | None = None


@dataclass(frozen=True, kw_only=True)
class Break:
    """Where the chain does not hold."""

    number: int
    reason: str


class ActivityLog:
    """The log in the service's own tables."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"bellhop activity log", "sha256")

    def record(self, session: Session, event: Event, now: dt.datetime) -> None:
        """Add a row, in the transaction of what it tells of; the last thing there, since it holds the head's lock."""
        head = self._head(session)
        row = Activity(
            number=head.last_number + 1,
            created_at=now,
            action=event.action.value,
            user_id=event.user_id,
            job_id=event.job_id,
            filters=None if event.filters is None else _shortened(event.filters),
            record_count=event.record_count,
            file_size=event.file_size,
            ip_address=event.ip_address,
            user_agent=_printable(event.user_agent),
            security_level=_SECURITY_LEVEL,
            success=event.success,
            details=_printable(event.details),
        )
        row.mac = self._mac(head.last_mac, row)
        session.add(row)
        head.last_number, head.last_mac = row.number, row.mac
        head.seal = self._seal(head)
        session.flush()

    def verify(self, session: Session) -> Iterator[Break]:
        """Every place where the chain does not hold; rows are read in bounded memory."""
        head = session.get(ActivityHead, _HEAD)
        if head is None:
            if _has_rows(session, Activity.number) or _has_rows(session, User.id):  # the adding of users is on record
                yield Break(number=0, reason="the row that holds the chain's ends is gone")
            return
        if not hmac.compare_digest(head.seal, self._seal(head)):
            yield Break(number=head.last_number, reason="the row that holds the chain's ends was changed")
        number, mac = head.first_number, head.first_mac
        rows = select(Activity).order_by(Activity.number).execution_options(yield_per=_ROWS_AT_ONCE)
        for row in session.scalars(rows):
            if row.number != number + 1:
                yield Break(number=number + 1, reason=f"rows are missing before {row.number}")
            elif not hmac.compare_digest(row.mac, self._mac(mac, row)):
                yield Break(number=row.number, reason="the row was changed, or stands in another's place")
            number, mac = row.number, row.mac
        if (number, mac) != (head.last_number, head.last_mac):
            yield Break(number=head.last_number, reason="the newest rows are not those that were written")

    def newest(self, session: Session) -> str:
        """The newest row as NUMBER:MAC, to be kept where whoever writes to the tables cannot."""
        head = session.get(ActivityHead, _HEAD)
        return f"{head.last_number}:{head.last_mac}" if head else f"0:{_NOTHING}"

    def unseen(self, session: Session, number: int, mac: str) -> Iterator[Break]:
        """A break, if a row that was there once is not; one that was cleaned away is none."""
        head = session.get(ActivityHead, _HEAD)
        first = head.first_number if head else 0
        row = session.get(Activity, number)
        if number > first and (row is None or not hmac.compare_digest(row.mac, mac)):
            yield Break(number=number, reason="the row that was seen here before is gone, or another")

    def clean(self, session: Session, before: dt.datetime) -> int:
        """Delete the rows from before a moment, up to the first that is not; how many."""
        head = self._head(session)
        kept = select(Activity.number).where(Activity.created_at >= before).order_by(Activity.number).limit(1)
        first_kept = session.scalar(kept) or head.last_number + 1
        last = session.get(Activity, first_kept - 1)
        if last is None:
            return 0
        head.first_number, head.first_mac = last.number, last.mac
        head.seal = self._seal(head)
        gone = session.execute(delete(Activity).where(Activity.number < first_kept))
        return int(gone.rowcount)  # type: ignore[attr-defined]  # a DELETE's result has it

    def _head(self, session: Session) -> ActivityHead:
        """The chain's ends, locked until the transaction ends; whoever comes next sees what this one wrote."""
        locked = select(ActivityHead).where(ActivityHead.id == _HEAD).with_for_update()
        head = session.scalar(locked.execution_options(populate_existing=True))
        if head is not None:
            return head
        new = ActivityHead(id=_HEAD, first_number=0, first_mac=_NOTHING, last_number=0, last_mac=_NOTHING, seal="")
        new.seal = self._seal(new)
        with suppress(IntegrityError), session.begin_nested():  # another may have begun the log just now
            session.add(new)
        return session.scalars(locked.execution_options(populate_existing=True)).one()

    def _mac(self, before: str, row: Activity) -> str:
        values = [getattr(row, name) for name in _FIELDS]
        text = json.dumps([before, *values], default=_moment_text, separators=(",", ":"))
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def _seal(self, head: ActivityHead) -> str:
        ends = [head.first_number, head.first_mac, head.last_number, head.last_mac]
        return hmac.new(self._key, json.dumps(ends).encode(), hashlib.sha256).hexdigest()


def _has_rows(session: Session, column: InstrumentedAttribute[Any]) -> bool:
    return session.scalar(select(column).limit(1)) is not None


def _moment_text(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="microseconds")
    raise TypeError(f"{type(value).__name__} has no form in the log")


def _shortened(filters: Mapping[str, Any]) -> str:
    """Filters as JSON; of a long list its first values and how many there are, of a long text its beginning."""
    return json.dumps({name: _short(value) for name, value in filters.items()})


def _short(value: object) -> object:
    if isinstance(value, str) and len(value) > _TEXT_SHOWN:
        return f"{value[:_TEXT_SHOWN]}… {len(value):,} characters in all"
    if isinstance(value, list):
        more = [f"… {len(value):,} in all"] if len(value) > _LIST_SHOWN else []
        return [*map(_short, value[:_LIST_SHOWN]), *more]
    return value


def _printable(text: str | None) -> str | None:
    """What somebody wrote in a header or a path, fit for a table and a terminal."""
    if text is None:
        return None
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:_AGENT_CHARACTERS]
