"""Things that are imported when they are first used: a heavy library costs nobody who does without it."""

import importlib
from typing import Any

from pipeline.errors import UsageError


def load(place: str, *, extra: str = "") -> Any:  # noqa: ANN401 - the caller knows what stands there
    """What stands at ``module:name``.

    Raises:
        UsageError: An optional library is not installed; the message names the extra that brings it.

    """
    module, _, name = place.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if not extra or (error.name or "").startswith("pipeline"):
            raise
        raise UsageError(f"{error.name} is not installed; install it with: pip install 'bellhop[{extra}]'") from error
