"""What the commands of the service stand on: its settings, and its tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.errors import OutputError, UsageError
from pipeline.lazy import load

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.parts import Parts
    from api.settings import Settings
    from api.tables.database import Database

_EXTRA = "service"


def settings() -> "Settings":
    """The settings of the environment and of ``.env``.

    Raises:
        UsageError: One does not hold; its value is not repeated.

    """
    kind = load("api.settings:Settings", extra=_EXTRA)
    invalid = load("pydantic:ValidationError")
    try:
        found: Settings = kind()
    except invalid as error:
        raise UsageError("; ".join(map(_sentence, error.errors(include_url=False, include_input=False)))) from None
    return found


def _sentence(detail: dict[str, object]) -> str:
    message = str(detail["msg"]).removeprefix("Value error, ")
    where = detail["loc"]
    name = f"BELLHOP_{str(where[0]).upper()}: " if isinstance(where, tuple) and where else ""
    return f"{name}{message}"


@contextmanager
def database() -> Iterator["Database"]:
    """The service's tables, whatever their version."""
    with told():
        opened: Database = load("api.tables.database:Database", extra=_EXTRA)(settings().database.get_secret_value())
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def parts() -> Iterator["Parts"]:
    """The service's parts, without anything that runs."""
    with told():
        opened: Parts = load("api.app:parts_of", extra=_EXTRA)(settings())
        try:
            yield opened
        finally:
            opened.database.close()
            opened.pool.shutdown()


@contextmanager
def writing() -> Iterator["Session"]:
    """A transaction on the service's tables."""
    with database() as tables, tables.writing() as session:
        yield session


@contextmanager
def told() -> Iterator[None]:
    """The errors of the tables as Bellhop's, without what drivers repeat."""
    failure = load("sqlalchemy.exc:SQLAlchemyError", extra=_EXTRA)
    try:
        yield
    except failure as error:
        message = (
            f"the service's tables cannot be used ({type(error).__name__}); see BELLHOP_DATABASE,"
            " and make them with: bellhop db upgrade"
        )
        raise OutputError(message) from error
