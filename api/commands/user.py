"""``bellhop user``: who may come in, see what, and spend how much."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.opened import database, settings, writing
from pipeline.commands.exits import say
from pipeline.errors import UsageError
from pipeline.lazy import load

if TYPE_CHECKING:
    import datetime as dt
    from types import ModuleType

    from sqlalchemy.orm import Session

user = typer.Typer(name="user", no_args_is_help=True, help="Users of the service.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]
RoleOption = Annotated[
    str, typer.Option("--role", metavar="ROLE", help="super_user, admin_user or general_user.", show_default=False)
]
SuppliersOption = Annotated[
    list[str] | None,
    typer.Option(
        "--supplier", metavar="NAME", help="A supplier to see; TEMP_DEACTIVATED_NAME switches one off; repeatable."
    ),
]
NetworksOption = Annotated[
    list[str] | None, typer.Option("--ip", metavar="CIDR", help="An address or network to come from; repeatable.")
]
ExpiresOption = Annotated[
    str | None, typer.Option("--expires", metavar="TIME", help="How long the key holds, such as 90d; for ever if not.")
]


def _users() -> "ModuleType":
    module: ModuleType = load("importlib:import_module")("api.accounts.users")
    return module


def _now() -> "dt.datetime":
    now: dt.datetime = load("api.tables.database:utc_now", extra="service")()
    return now


@user.command()
def add(  # noqa: PLR0913 - each is a flag
    name: NameArgument,
    *,
    role: RoleOption,
    points: Annotated[int, typer.Option("--points", metavar="N", min=0, help="Points to begin with.")] = 0,
    suppliers: SuppliersOption = None,
    networks: NetworksOption = None,
    expires: ExpiresOption = None,
) -> None:
    """Add a user; their API key is printed, this once."""
    kind, now = _role(role), _now()
    with writing() as session:
        users = _users()
        added = users.add_user(session, name, kind, now)
        users.permit(session, added, suppliers or (), now)
        users.allow_networks(session, added, networks or (), now)
        if points:
            load("api.accounts.points:Ledger")().grant(session, added.id, points, now)
        key = users.add_key(session, added, now, _lasting(expires))
        _on_record(session, added.id, f"user added: {role}", now)
    if not networks:
        say(f"warning: {name} may come from nowhere yet; add an address with: bellhop user ip {name} --add CIDR")
    typer.echo(key)


@user.command("list")
def list_users() -> None:
    """List all users."""
    with database() as tables, tables.reading() as session:
        model = load("api.tables.models:User")
        for found in session.scalars(load("sqlalchemy:select")(model).order_by(model.name)):
            points = load("api.accounts.points:Ledger")().balance(session, found.id)
            state = "" if found.is_active else "  (switched off)"
            typer.echo(f"{found.id}  {found.role:<13}{points:>8} points  {found.name}{state}")


@user.command()
def points(
    name: NameArgument,
    *,
    add: Annotated[int, typer.Option("--add", metavar="N", help="Give points; below zero, take them.")] = 0,
) -> None:
    """Show a user's points, or give some."""
    with writing() as session:
        found, ledger, now = _users().named_user(session, name), load("api.accounts.points:Ledger")(), _now()
        if add:
            try:
                ledger.grant(session, found.id, add, now)
            except ValueError as error:
                raise UsageError(str(error)) from error
            _on_record(session, found.id, f"points: {add:+}", now)
        balance = ledger.balance(session, found.id)
    typer.echo(balance)


@user.command()
def suppliers(
    name: NameArgument,
    *,
    add: Annotated[list[str] | None, typer.Option("--add", metavar="NAME", help="Repeatable.")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", metavar="NAME", help="Repeatable.")] = None,
) -> None:
    """Show whom a user may see, or change it; TEMP_DEACTIVATED_NAME switches one off."""
    with writing() as session:
        users, now = _users(), _now()
        found = users.named_user(session, name)
        users.permit(session, found, add or (), now)
        users.forbid(session, found, remove or ())
        if add or remove:
            _on_record(session, found.id, "suppliers changed", now)
        rows = users.supplier_rows(session, found.id)
    for row in sorted(filter(None, rows)):
        typer.echo(row)


@user.command()
def ip(
    name: NameArgument,
    *,
    add: Annotated[list[str] | None, typer.Option("--add", metavar="CIDR", help="Repeatable.")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", metavar="CIDR", help="Repeatable.")] = None,
) -> None:
    """Show where a user may come from, or change it."""
    with writing() as session:
        users, now = _users(), _now()
        found = users.named_user(session, name)
        users.allow_networks(session, found, add or (), now)
        users.disallow_networks(session, found, remove or ())
        if add or remove:
            _on_record(session, found.id, "addresses changed", now)
        networks = users.networks_of(session, found.id)
    for network in networks:
        typer.echo(network)


@user.command()
def key(
    name: NameArgument,
    *,
    revoke: Annotated[bool, typer.Option("--revoke", help="Revoke all keys, and make none.")] = False,
    expires: ExpiresOption = None,
) -> None:
    """Make another key, which is printed this once; or revoke all."""
    with writing() as session:
        users, now = _users(), _now()
        found = users.named_user(session, name)
        if revoke:
            told = f"{users.revoke_keys(session, found, now)} keys revoked"
        else:
            told = users.add_key(session, found, now, _lasting(expires))
        _on_record(session, found.id, "keys revoked" if revoke else "key added", now)
    typer.echo(told)


@user.command()
def active(
    name: NameArgument,
    *,
    off: Annotated[bool, typer.Option("--off", help="Let the user in no more.")] = False,
) -> None:
    """Let a user in again, or no more."""
    with writing() as session:
        found, now = _users().named_user(session, name), _now()
        found.is_active = not off
        _on_record(session, found.id, "switched off" if off else "switched on", now)


def _role(text: str) -> object:
    roles = load("api.tables.models:Role", extra="service")
    try:
        return roles(text)
    except ValueError:
        raise UsageError(f"--role: {text!r:.40} will not do; give one of {', '.join(roles)}") from None


def _lasting(text: str | None) -> "dt.timedelta | None":
    if text is None:
        return None
    lasting = load("api.settings:duration")(text)
    if lasting == text:
        raise UsageError(f"--expires: {text!r:.40} will not do; give a time such as 12h or 90d")
    found: dt.timedelta = lasting
    return found


def _on_record(session: "Session", user_id: str, what: str, now: "dt.datetime") -> None:
    audit = load("importlib:import_module")("api.accounts.audit")
    event = audit.Event(action=audit.Action.ADMINISTRATION, user_id=user_id, details=what)
    audit.ActivityLog(settings().secret).record(session, event, now)
