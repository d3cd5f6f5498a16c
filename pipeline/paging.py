"""Page tokens: where a page ended, for the one that follows."""

import base64
import binascii
import json
from collections.abc import Sequence

_INTEGERS = range(-(2**63), 2**63)
"""What every database can compare with."""


def encode_page(values: Sequence[str | int]) -> str:
    """The order values of a page's last record as an opaque token (base64url of JSON)."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_page(token: str) -> tuple[str | int, ...] | None:
    """The order values that a token stands for; None when it was not made by ``encode_page``."""
    try:
        values = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
        if isinstance(values, list) and values and all(map(_is_order_value, values)) and encode_page(values) == token:
            return tuple(values)
    except (binascii.Error, ValueError, RecursionError):
        pass
    return None


def _is_order_value(value: object) -> bool:
    return "\0" not in value if isinstance(value, str) else type(value) is int and value in _INTEGERS
