"""Bellhop's own users: what stands in for whoever is not given to ``create_router``."""

from starlette.requests import Request

from api.access.credentials import authenticated, unauthorized
from api.access.network import Address
from api.access.permissions import allowed
from api.accounts.users import comes_from_allowed, supplier_rows
from api.parts import Access, Person
from api.settings import Settings
from api.tables.database import Clock, Database
from api.tables.models import Role
from pipeline.scope import Allowed


def accounts_access(database: Database, settings: Settings, clock: Clock) -> Access:
    """Who comes in by the service's own tables."""

    def current_user(request: Request) -> Person:
        authorizations = request.headers.getlist("authorization")
        if len(authorizations) > 1:
            raise unauthorized("give one Authorization header")
        authorization, api_key = request.headers.get("authorization"), request.headers.get("x-api-key")
        with database.reading() as session:
            user = authenticated(session, authorization, api_key, settings, clock())
            return Person(id=user.id, name=user.name, role=Role(user.role))

    def supplier_permissions(person: Person) -> Allowed:
        with database.reading() as session:
            return allowed(person.role, supplier_rows(session, person.id))

    def ip_check(person: Person, address: Address) -> bool:
        with database.reading() as session:
            return comes_from_allowed(session, person.id, address)

    return Access(current_user=current_user, supplier_permissions=supplier_permissions, ip_check=ip_check)
