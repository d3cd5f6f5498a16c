"""What an export costs: taken by a conditional update, given back once, each movement a row."""

import datetime as dt
import enum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.errors import ApiError, ErrorCode
from api.tables.models import Points, PointTransaction


class Movement(enum.StrEnum):
    """Why points move."""

    GRANT = "grant"
    CHARGE = "charge"
    REFUND = "refund"


class Ledger:
    """Points in the service's own tables."""

    def charge(self, session: Session, user_id: str, job_id: str, cost: int, now: dt.datetime) -> None:
        """Take points for a job.

        Raises:
            ApiError: INSUFFICIENT_POINTS.

        """
        if not _moved(session, user_id, -cost, now):
            balance = self.balance(session, user_id)
            message = f"the export costs {cost} points, and you have {balance}; ask an administrator for more"
            raise ApiError(ErrorCode.INSUFFICIENT_POINTS, message, {"cost": cost, "balance": balance})
        self._write(session, user_id, job_id, Movement.CHARGE, -cost, now)

    def refund(self, session: Session, user_id: str, job_id: str, cost: int, now: dt.datetime) -> None:
        """Give points back; a second time for the same job is an error of the database's."""
        _moved(session, user_id, cost, now)
        self._write(session, user_id, job_id, Movement.REFUND, cost, now)

    def grant(self, session: Session, user_id: str, amount: int, now: dt.datetime) -> int:
        """Give points, or take them (below zero none are left); the balance after."""
        if session.get(Points, user_id) is None:
            session.add(Points(user_id=user_id, balance=0, updated_at=now))
            session.flush()
        if not _moved(session, user_id, amount, now):
            raise ValueError(f"{-amount} points are more than there are: {self.balance(session, user_id)}")
        self._write(session, user_id, None, Movement.GRANT, amount, now)
        return self.balance(session, user_id)

    def balance(self, session: Session, user_id: str) -> int:
        """What a user may still spend."""
        return session.scalar(select(Points.balance).where(Points.user_id == user_id)) or 0

    def _write(  # noqa: PLR0913, PLR0917 - the columns of a row
        self, session: Session, user_id: str, job_id: str | None, kind: Movement, amount: int, now: dt.datetime
    ) -> None:
        after = self.balance(session, user_id)
        row = PointTransaction(
            user_id=user_id, job_id=job_id, kind=kind.value, amount=amount, balance_after=after, created_at=now
        )
        session.add(row)
        session.flush()


def _moved(session: Session, user_id: str, amount: int, now: dt.datetime) -> bool:
    """Change a balance, unless it would fall below zero."""
    changed = session.execute(
        update(Points)
        .where(Points.user_id == user_id, Points.balance + amount >= 0)
        .values(balance=Points.balance + amount, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it
