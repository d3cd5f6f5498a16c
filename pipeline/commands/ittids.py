"""Ittids out of a file, one a line."""

import sys
from pathlib import Path

from pipeline.errors import OptionError


def ittids_in(name: str) -> list[str]:
    """The lines of a file, or with ``-`` of stdin, that are not blank: UTF-8, with a BOM or without.

    Raises:
        OptionError: It cannot be read, is not UTF-8, or has no ittid.

    """
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        lines = [line.removesuffix("\r") for line in content.decode("utf-8-sig").split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        message = f"--ittids-from: {name!r} cannot be read: {reason}; give a text file with an ittid a line"
        raise OptionError(message, option="ittids_from", value=name) from error
    if not lines:
        message = f"--ittids-from: {name!r} has no ittid, which matches nothing; leave the flag out for no restriction"
        raise OptionError(message, option="ittids_from", value=name)
    return lines
