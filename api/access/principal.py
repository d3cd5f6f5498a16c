"""Who asks: a user, and where they ask from."""

import re
from dataclasses import dataclass

from api.tables.models import Role
from pipeline.scope import Allowed

USER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""It names a folder."""


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A user whose credential held."""

    id: str
    """As ``USER_ID``."""
    name: str
    role: Role
    allowed: Allowed
    """The suppliers that they may see, as of now."""

    @property
    def pays(self) -> bool:
        """Whether exports cost them points."""
        return self.role is Role.GENERAL_USER


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A principal, and the request's facts that go on record."""

    principal: Principal
    ip_address: str
    user_agent: str | None
