"""Who somebody is: tokens that others sign, and keys of which only a hash is kept."""

import datetime as dt
import hashlib
import re
import secrets
from typing import Any

import jwt
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.principal import USER_ID
from api.errors import ApiError, ErrorCode
from api.settings import SECRET_BYTES, Settings
from api.tables.models import ApiKey, User

_KEY_BYTES = 32
_KEY = re.compile(r"bh_[A-Za-z0-9_-]{43}")


def new_key() -> str:
    """A key of 256 random bits."""
    return f"bh_{secrets.token_urlsafe(_KEY_BYTES)}"


def key_hash(key: str) -> str:
    """What is kept of a key: of 256 random bits no slow hash is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


def unauthorized(message: str) -> ApiError:
    """No credential that holds."""
    challenge = {"WWW-Authenticate": 'Bearer realm="bellhop"'}
    return ApiError(ErrorCode.UNAUTHORIZED, message, headers=challenge)


def authenticated(
    session: Session, authorization: str | None, api_key: str | None, settings: Settings, now: dt.datetime
) -> User:
    """The user whose token or key came; a token goes first.

    Raises:
        ApiError: UNAUTHORIZED.

    """
    if authorization:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise unauthorized("give Authorization: Bearer and a token, or X-API-Key")
        user = session.get(User, _subject(token.strip(), settings))
    elif api_key:
        user = _key_owner(session, api_key, now)
    else:
        raise unauthorized("give a token as Authorization: Bearer, or a key as X-API-Key")
    if user is None or not user.is_active:
        raise unauthorized("the credential does not hold: it is unknown, expired or revoked")
    return user


def _subject(token: str, settings: Settings) -> str:
    """The user's id that a token names.

    Raises:
        ApiError: The token does not hold.

    """
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _verifying_key(settings),
            algorithms=[settings.jwt_algorithm],
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
            options={"require": ["exp", "sub"], "enforce_minimum_key_length": True},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise unauthorized("the token does not hold: it is malformed, expired, or not signed as it must be") from error
    subject = claims["sub"]
    if not isinstance(subject, str) or not USER_ID.fullmatch(subject):
        raise unauthorized("the token names no user")
    return subject


def _verifying_key(settings: Settings) -> str | bytes:
    if settings.jwt_algorithm != "HS256":
        return settings.jwt_public_key or ""
    if len(settings.secret) < SECRET_BYTES:
        raise unauthorized("this service takes no tokens: its key is too short")
    return settings.secret


def _key_owner(session: Session, key: str, now: dt.datetime) -> User | None:
    if not _KEY.fullmatch(key):
        return None
    found = session.scalar(select(ApiKey).where(ApiKey.key_hash == key_hash(key)))
    if found is None or found.revoked_at is not None or (found.expires_at is not None and found.expires_at <= now):
        return None
    return session.get(User, found.user_id)
