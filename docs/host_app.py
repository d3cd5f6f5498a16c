"""Bellhop's endpoints in an application of your own: its login, its permissions, its network.

Run it with ``uvicorn docs.host_app:app`` once ``bellhop db upgrade`` has made the tables of BELLHOP_DATABASE.
"""

from fastapi import FastAPI
from starlette.requests import Request

from api.access.credentials import unauthorized
from api.access.network import Address
from api.app import create_router
from api.openapi import document
from api.parts import Person
from api.settings import Settings
from api.tables.models import Role
from pipeline.scope import Allowed

SESSIONS = {"cookie-of-ada": Person(id="ada", name="Ada", role=Role.GENERAL_USER)}
"""Stands for your own login."""

CONTRACTS = {"ada": frozenset({"agoda"})}
"""Stands for your own permissions: suppliers by casefolded name."""


def current_user(request: Request) -> Person:
    """Who is logged in."""
    person = SESSIONS.get(request.cookies.get("session", ""))
    if person is None:
        raise unauthorized("log in first")
    return person


def supplier_permissions(person: Person) -> Allowed:
    """What they may see; nothing, if nothing is known of them."""
    return Allowed(only=CONTRACTS.get(person.id, frozenset()))


def ip_check(person: Person, address: Address) -> bool:
    """Whether they may come from there: this one leaves it to a firewall."""
    del person, address
    return True


class NoPoints:
    """Exports cost nothing here."""

    def charge(self, *_: object) -> None:
        """Take nothing."""

    def refund(self, *_: object) -> None:
        """Give nothing back."""

    def balance(self, *_: object) -> int:
        """Nobody has any."""
        return 0


def make_app(settings: Settings) -> FastAPI:
    """Your application, with Bellhop's endpoints under a prefix of your choice."""
    app = FastAPI(title="Hotels and more")
    router = create_router(
        settings,
        current_user=current_user,
        supplier_permissions=supplier_permissions,
        ip_check=ip_check,
        points=NoPoints(),
    )
    app.include_router(router, prefix="/catalogue/exports")
    document(app)

    @app.get("/")
    def hello() -> str:
        return "an application of its own"

    return app


def __getattr__(name: str) -> FastAPI:
    """Make the application when uvicorn asks for it."""
    if name == "app":
        return make_app(Settings())
    raise AttributeError(name)
