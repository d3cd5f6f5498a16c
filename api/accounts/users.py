"""Users, and what belongs to them: how an operator adds and changes them."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.access.credentials import key_hash, new_key
from api.access.network import Address, is_in, network
from api.accounts.points import Ledger
from api.tables.models import AllowedNetwork, ApiKey, ProviderPermission, Role, User
from pipeline.errors import UsageError

_NAME_CHARACTERS = 255


def add_user(session: Session, name: str, role: Role, now: dt.datetime) -> User:
    """Add a user.

    Raises:
        UsageError: The name is taken, or none.

    """
    if not name or len(name) > _NAME_CHARACTERS or not name.isprintable() or name != name.strip():
        raise UsageError(f"{name!r:.80} is no name of a user; give up to {_NAME_CHARACTERS} printable characters")
    if session.scalar(select(User).where(User.name == name)) is not None:
        raise UsageError(f"there is a user {name!r} already; give another name")
    user = User(id=uuid.uuid4().hex, name=name, role=role.value, is_active=True, created_at=now)
    session.add(user)
    session.flush()
    Ledger().grant(session, user.id, 0, now)
    return user


def named_user(session: Session, name: str) -> User:
    """A user by name.

    Raises:
        UsageError: There is none.

    """
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        raise UsageError(f"there is no user {name!r}; `bellhop user list` shows all")
    return user


def add_key(session: Session, user: User, now: dt.datetime, lasting: dt.timedelta | None = None) -> str:
    """Give a user a key; this is the only time that it is seen."""
    key = new_key()
    expires = None if lasting is None else now + lasting
    row = ApiKey(id=uuid.uuid4().hex, user_id=user.id, key_hash=key_hash(key), created_at=now, expires_at=expires)
    session.add(row)
    session.flush()
    return key


def revoke_keys(session: Session, user: User, now: dt.datetime) -> int:
    """Revoke all keys of a user; how many."""
    keys = session.scalars(select(ApiKey).where(ApiKey.user_id == user.id, ApiKey.revoked_at.is_(None))).all()
    for key in keys:
        key.revoked_at = now
    return len(keys)


def permit(session: Session, user: User, suppliers: Iterable[str], now: dt.datetime) -> None:
    """Add rows of suppliers, as they are written: one with the prefix switches off."""
    there = set(supplier_rows(session, user.id))
    for supplier in dict.fromkeys(suppliers):
        if supplier not in there:
            session.add(ProviderPermission(user_id=user.id, provider_name=supplier, created_at=now))
    session.flush()


def forbid(session: Session, user: User, suppliers: Sequence[str]) -> None:
    """Take rows of suppliers away, without regard to case."""
    folds = {supplier.casefold() for supplier in suppliers}
    rows = session.scalars(select(ProviderPermission).where(ProviderPermission.user_id == user.id))
    for row in rows.all():
        if row.provider_name is not None and row.provider_name.casefold() in folds:
            session.delete(row)


def allow_networks(session: Session, user: User, networks: Iterable[str], now: dt.datetime) -> None:
    """Let a user come from addresses and networks.

    Raises:
        UsageError: One is none.

    """
    there = set(session.scalars(select(AllowedNetwork.network).where(AllowedNetwork.user_id == user.id)))
    for text in dict.fromkeys(map(_network_text, networks)):
        if text not in there:
            session.add(AllowedNetwork(user_id=user.id, network=text, created_at=now))
    session.flush()


def disallow_networks(session: Session, user: User, networks: Iterable[str]) -> None:
    """Do not let a user come from these networks any more."""
    texts = [_network_text(text) for text in networks]
    session.execute(delete(AllowedNetwork).where(AllowedNetwork.user_id == user.id, AllowedNetwork.network.in_(texts)))


def networks_of(session: Session, user_id: str) -> list[str]:
    """The networks that a user may come from, as they are written."""
    rows = select(AllowedNetwork.network).where(AllowedNetwork.user_id == user_id).order_by(AllowedNetwork.id)
    return [*session.scalars(rows)]


def _network_text(text: str) -> str:
    try:
        return str(network(text))
    except ValueError:
        message = f"{text!r:.80} is no address and no network; give one such as 192.0.2.7 or 2001:db8::/32"
        raise UsageError(message) from None


def supplier_rows(session: Session, user_id: str) -> list[str | None]:
    """The rows of suppliers of a user, as they are written."""
    return [*session.scalars(select(ProviderPermission.provider_name).where(ProviderPermission.user_id == user_id))]


def comes_from_allowed(session: Session, user_id: str, address: Address) -> bool:
    """Whether a user may come from an address.

    Raises:
        ValueError: A row holds no network; that is an error, never a pass.

    """
    return is_in(address, [network(row) for row in networks_of(session, user_id)])
