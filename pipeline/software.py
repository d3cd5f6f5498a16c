"""Which software makes the bytes of a file: pieces that others made fit only if theirs is the same."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from pipeline.errors import ExecutorUnavailable

_MAKES_BYTES = ("bellhop", "polars", "pyarrow", "numpy", "isal")


@cache
def versions() -> Mapping[str, str]:
    """The versions of all that makes bytes, as installed here."""
    return {name: _version(name) for name in _MAKES_BYTES}


def refuse_other_versions(wanted: Mapping[str, str]) -> None:
    """Refuse to encode for a process whose software is another.

    Raises:
        ExecutorUnavailable: It is.

    """
    for name, here in versions().items():
        if here != wanted[name]:
            message = f"a worker has {name} {here}, and {wanted[name]} was asked for; install the same on all machines"
            raise ExecutorUnavailable(message)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # a checkout on the path is no installation
        return "of a checkout"
