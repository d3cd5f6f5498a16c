"""How often a user may export: accepted exports in a window that moves with the time."""

import datetime as dt
import math
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.errors import ApiError, ErrorCode
from api.tables.models import Job


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How many exports a user has left, and when there are more."""

    limit: int
    used: int
    window: dt.timedelta
    resets_in: dt.timedelta
    """Until the oldest export of the window leaves it."""

    @property
    def remaining(self) -> int:
        """Exports left."""
        return max(0, self.limit - self.used)

    @property
    def reset_seconds(self) -> int:
        """Whole seconds until there is one more."""
        return max(1, math.ceil(self.resets_in.total_seconds())) if self.used else 0

    @property
    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers has them."""
        return {
            "RateLimit-Policy": f'"exports";q={self.limit};w={int(self.window.total_seconds())}',
            "RateLimit": f'"exports";r={self.remaining};t={self.reset_seconds}',
        }


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """So many accepted exports in a window."""

    limit: int
    window: dt.timedelta

    def quota(self, session: Session, user_id: str, now: dt.datetime) -> Quota:
        """What is left; every accepted export is a job's row, and those that were deleted count too."""
        since = now - self.window
        accepted = select(func.count(), func.min(Job.created_at)).where(Job.user_id == user_id, Job.created_at > since)
        used, first = session.execute(accepted).one()
        oldest: dt.datetime | None = first
        # Another request may have read the clock after this one, and been accepted before it.
        leaves = now if oldest is None else min(oldest, now)
        return Quota(limit=self.limit, used=used, window=self.window, resets_in=leaves - since)

    def check(self, session: Session, user_id: str, now: dt.datetime) -> Quota:
        """What is left before one more is accepted in this transaction, which holds the user's lock.

        Raises:
            ApiError: RATE_LIMITED.

        """
        quota = self.quota(session, user_id, now)
        if not quota.remaining:
            message = f"you had {quota.used} exports in {_span(self.window)}; try again in {quota.reset_seconds} s"
            details = {"limit": quota.limit, "window_seconds": int(self.window.total_seconds())}
            headers = {**quota.headers, "Retry-After": str(quota.reset_seconds)}
            raise ApiError(ErrorCode.RATE_LIMITED, message, details, headers=headers)
        return quota


def _span(window: dt.timedelta) -> str:
    seconds = int(window.total_seconds())
    return f"{seconds} s" if seconds % 60 else f"{seconds // 60} minutes"
