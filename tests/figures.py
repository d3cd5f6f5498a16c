"""How often a test tries: few times on each run, as often as is promised under ``just prove``."""

from hypothesis import settings


def figure(usual: int, *, promised: int) -> int:
    """How many of something there are to be."""
    return promised if settings.get_current_profile_name() == "prove" else usual
