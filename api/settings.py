"""Every setting of the service, read once at the edge: from ``BELLHOP_*`` variables and a file ``.env``."""

import datetime as dt
import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.storage.place import Keys, place_of

SECRET_BYTES = 32
"""The least that a key for HS256 must have (RFC 7518, section 3.2)."""
_FEWEST_DISTINCT = 8
"""Characters in a secret; one that has fewer was typed with one finger."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d{1,9})\s*([smhd])")
_MEGABYTE = 1_000_000

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def duration(value: object) -> object:
    """``24h`` as a duration; anything else as it is."""
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    return dt.timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else value


def _listed(value: object) -> object:
    """Words with commas or spaces between."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


Duration = Annotated[dt.timedelta, BeforeValidator(duration)]
"""A time such as ``90s``, ``30m``, ``24h`` or ``7d``."""


class Settings(BaseSettings):
    """What an operator decides; each is the variable ``BELLHOP_`` and its name in upper case."""

    model_config = SettingsConfigDict(
        env_prefix="BELLHOP_", env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    environment: Literal["production", "development"] = "production"
    """Production refuses to start without a good secret."""
    source: SecretStr = SecretStr("duckdb:///catalogue.duckdb")
    """The catalogue's URL, as for ``bellhop export --source``."""
    sql_dir: Path | None = None
    """A folder of SELECTs for a catalogue whose tables are called otherwise."""
    source_label: str = "catalogue"
    """What manifests call the catalogue: its URL is nobody's business."""
    database: SecretStr = SecretStr("sqlite:///bellhop.sqlite")
    """SQLAlchemy's URL of the service's own tables."""
    storage: str = "file:///var/lib/bellhop/files"
    """Where files are kept: ``file:///folder``, or ``s3://bucket/prefix?region=…&endpoint=…``."""
    storage_patience: Duration = dt.timedelta(seconds=30)
    """How long one call to an object storage may take, with all that is tried again."""
    s3_access_key_id: str | None = None
    """Who asks; without it the variables AWS_… or the role of the machine."""
    s3_secret_access_key: SecretStr | None = None
    s3_session_token: SecretStr | None = None
    downloads: Literal["proxied", "redirected"] = "proxied"
    """Whether whole files come through the service, or from the object storage by a URL that lasts a minute."""

    secret_key: SecretStr | None = None
    """Signs tokens (HS256) and chains the activity log; 32 bytes or more, from a random generator."""
    jwt_algorithm: Literal["HS256", "RS256", "ES256"] = "HS256"
    jwt_public_key: str | None = None
    """PEM, for RS256 and ES256: whoever issues the tokens keeps the private one."""
    jwt_issuer: str | None = None
    """If given, tokens must name it (``iss``)."""
    jwt_audience: str | None = None
    """If given, tokens must name it (``aud``)."""
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_listed)] = ()
    """Whose X-Forwarded-For counts: addresses and networks."""
    metrics_token: SecretStr | None = None
    """Who shows it as a bearer token may read /metrics; without it there is none."""

    async_threshold: Annotated[int, Field(ge=0)] = 5_000
    """From so many records on an export is a job."""
    max_records: Annotated[int, Field(ge=1)] = 100_000
    """More in one export are refused."""
    max_body_bytes: Annotated[int, Field(ge=1)] = 12 * _MEGABYTE
    export_cost: Annotated[int, Field(ge=0)] = 10
    """Points that an export costs a general user."""
    rate_limit: Annotated[int, Field(ge=1)] = 10
    """Accepted exports per user in the window."""
    rate_window: Duration = dt.timedelta(minutes=60)

    repeats: bool = True
    """Whether an identical request over an unchanged catalogue is answered from the finished file."""
    retention: Duration = dt.timedelta(hours=24)
    """How long a file is kept after its export completed."""
    audit_retention: Duration = dt.timedelta(days=90)
    """How long rows of jobs and of the activity log are kept."""
    cleanup_interval: Annotated[Duration, Field(ge=dt.timedelta())] = dt.timedelta(hours=1)
    """How often this process cleans up; 0s leaves it to others, or to ``bellhop cleanup``."""
    storage_quota_bytes: Annotated[int, Field(ge=0)] = 50_000 * _MEGABYTE
    """All files together."""
    storage_reserve_bytes: Annotated[int, Field(ge=0)] = 200 * _MEGABYTE
    """What the disk must have left for an export to begin."""

    workers: Annotated[int, Field(ge=0, le=64)] = 1
    """Jobs that this process runs at once; 0 leaves them to others."""
    direct_workers: Annotated[int, Field(ge=1, le=64)] = 2
    """Direct exports and counts that this process runs at once; more wait."""
    encoders: Annotated[int, Field(ge=1)] | None = None
    """Chunks that one export encodes at once; as many as there are processors by default."""
    cluster: str | None = None
    """The URL of a Dask scheduler: jobs encode their chunks on its workers."""
    jobs_per_user: Annotated[int, Field(ge=1)] = 2
    """Jobs of one user that run at once, whatever the number of workers: others have their turn."""
    lease: Duration = dt.timedelta(seconds=60)
    """A running job that was not heard of for so long is taken over."""
    max_attempts: Annotated[int, Field(ge=1)] = 3
    """A job whose worker was lost so often has failed."""
    grace: Duration = dt.timedelta(seconds=15)
    """How long running jobs have to finish when the service is stopped."""

    @field_validator("storage")
    @classmethod
    def _storage_is_a_place(cls, value: str) -> str:
        place_of(value)
        return value

    @model_validator(mode="after")
    def _keys_are_good(self) -> Self:
        if self.jwt_algorithm != "HS256" and not self.jwt_public_key:
            raise ValueError(f"BELLHOP_JWT_ALGORITHM={self.jwt_algorithm} needs BELLHOP_JWT_PUBLIC_KEY (PEM)")
        if self.environment == "production":
            _check_secret(self.secret_key)
        if (self.s3_access_key_id is None) != (self.s3_secret_access_key is None):
            raise ValueError("BELLHOP_S3_ACCESS_KEY_ID and BELLHOP_S3_SECRET_ACCESS_KEY go together; give both or none")
        return self

    @property
    def s3_keys(self) -> Keys | None:
        """Who asks an object storage."""
        if self.s3_access_key_id is None or self.s3_secret_access_key is None:
            return None
        token = self.s3_session_token.get_secret_value() if self.s3_session_token else None
        secret = self.s3_secret_access_key.get_secret_value()
        return Keys(access_key_id=self.s3_access_key_id, secret_access_key=secret, session_token=token)

    @property
    def secret(self) -> bytes:
        """The bytes of the secret key; of development without one, a key that everybody knows."""
        given = self.secret_key.get_secret_value() if self.secret_key else "for development only, and nothing else"
        return given.encode()


def _check_secret(secret: SecretStr | None) -> None:
    """Refuse what can be guessed; what was given is not repeated."""
    text = secret.get_secret_value() if secret else ""
    if len(text.encode()) < SECRET_BYTES or len(set(text)) < _FEWEST_DISTINCT:
        make = "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        raise ValueError(f"BELLHOP_SECRET_KEY is missing or weak; give {SECRET_BYTES} random bytes or more: {make}")
