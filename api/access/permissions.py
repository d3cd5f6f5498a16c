"""Which suppliers a user may see: spec.md §3 as one value."""

from collections.abc import Iterable

from api.errors import ApiError, ErrorCode
from api.tables.models import Role
from pipeline.scope import Allowed, Scope

OFF = "temp_deactivated_"
"""What switches a supplier off, in front of its name, in any case."""

_NAME_SHOWN = 255
"""Characters of a name that came; those of suppliers have no more."""


def allowed(role: Role, rows: Iterable[str | None]) -> Allowed:
    """The suppliers that the rows of ``user_provider_permissions`` leave a user; a row without a name is none."""
    folds = {row.casefold() for row in rows if row is not None}
    off = frozenset(fold.removeprefix(OFF) for fold in folds if fold.startswith(OFF))
    on = frozenset(fold for fold in folds if not fold.startswith(OFF)) - off
    return Allowed(only=on if role is Role.GENERAL_USER else None, without=off)


def refuse_unseen(scope: Scope) -> None:
    """Refuse names that the user may not see, those that nobody has among them; and to show nothing at all.

    Raises:
        ApiError: INSUFFICIENT_PERMISSIONS.

    """
    if scope.unknown:
        names = [name[:_NAME_SHOWN] for name in scope.unknown]
        message = f"you may not see {', '.join(map(repr, names[:20]))}; /my-validation lists whom you may see"
        raise ApiError(ErrorCode.INSUFFICIENT_PERMISSIONS, message, {"denied_suppliers": names})
    if scope.suppliers is not None and not scope.suppliers:
        message = "you may see no supplier of this catalogue; ask an administrator for one"
        raise ApiError(ErrorCode.INSUFFICIENT_PERMISSIONS, message, {"denied_suppliers": []})


def refuse_changed(now: Allowed, suppliers: list[str] | None) -> None:
    """Refuse a file with suppliers that the user may not see any more.

    Args:
        now: What the user may see now.
        suppliers: Whom the file was restricted to; None is nobody.

    Raises:
        ApiError: PERMISSIONS_CHANGED.

    """
    if now.is_everything or (suppliers is not None and all(map(now.sees, suppliers))):
        return
    message = "your permissions changed since this export was made; export again for what you may see now"
    raise ApiError(ErrorCode.PERMISSIONS_CHANGED, message)
