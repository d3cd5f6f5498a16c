"""Where a file goes and what it is: from a target, a format and options as a caller gives them."""

import datetime as dt
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import OptionError
from pipeline.formats import ENDINGS, Format, compression_of, format_named, format_of
from pipeline.options import Compression, Options
from pipeline.publish import Target

GivenTarget = str | os.PathLike[str] | BinaryIO
"""A path, a folder, or a stream that bytes can be written to."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A file to be: where, in which format, with which options."""

    target: Target
    format: Format
    options: Options


def placed(target: GivenTarget, format_name: str | None, options: Options, stem: str) -> Place:
    """Complete what a caller left out: the format and compression from the name, the name from the format.

    Args:
        target: Where to.
        format_name: The format, where the name's ending does not tell it.
        options: The options given; a compression that was not given is taken from the name's ending.
        stem: The name of a file that is put into a folder, without its ending.

    Raises:
        OptionError: The format is not to be known, or the target is none.

    """
    named = None if format_name is None else format_named(format_name)
    if not isinstance(target, str | os.PathLike):
        _check_stream(target)
        return Place(target=target, format=_needed(named, "a stream"), options=options)
    path = _path(target)
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a folder cannot be looked into
        known = _needed(named, f"the folder {path}")
        return Place(
            target=path / f"{stem}.{known.ending}{ENDINGS[options.compression]}", format=known, options=options
        )
    if named is None:
        named, compression = format_of(path)
    else:
        compression = compression_of(path)
    return Place(target=path, format=named, options=_compressed(options, compression, path))


def _compressed(options: Options, ending: Compression, path: Path) -> Options:
    """The options with the compression that the name's ending tells.

    Raises:
        OptionError: Another one was given: whoever trusts the name could not read the file.

    """
    if ending is Compression.NONE or options.compression is ending:
        return options
    if "compression" in options.model_fields_set:
        message = (
            f"compression: {options.compression.value} will not do for {path.name}, whose ending says {ending.value};"
            " leave out the one or change the other"
        )
        raise OptionError(message, option="compression", value=options.compression.value)
    return options.model_copy(update={"compression": ending})


def refuse_source(target: Target, files: Sequence[Path]) -> None:
    """Refuse to write over the catalogue itself, under whatever name.

    Raises:
        OptionError: The target is one of the files that are read.

    """
    for file in files:
        # os.path.exists, since Path.exists raises where a name is too long.
        if isinstance(target, Path) and os.path.exists(target) and target.samefile(file):  # noqa: PTH110
            message = f"{target} is the catalogue that is read; give another file"
            raise OptionError(message, option="target", value=str(target))


def file_stem(export_type: str, now: dt.datetime) -> str:
    """The name of a file by spec.md §2, without its ending: ``hotels_20250630_055901`` (UTC)."""
    return f"{export_type}_{now.astimezone(dt.UTC).strftime('%Y%m%d_%H%M%S')}"


def _check_stream(target: object) -> None:
    if isinstance(target, io.TextIOBase) or not callable(getattr(target, "write", None)):
        message = f"target: {type(target).__name__} will not do; give a path, or a stream that takes bytes"
        raise OptionError(message, option="target", value=target)


def _path(target: str | os.PathLike[str]) -> Path:
    text = os.fspath(target)
    if not text or not _is_encodable(text) or "\0" in text:
        message = f"target: {text!r} will not do; give the path of a file or a folder"
        raise OptionError(message, option="target", value=text)
    return Path(text)


def _is_encodable(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


def _needed(named: Format | None, where: str) -> Format:
    if named is None:
        raise OptionError(f"format: {where} does not tell it; give one, such as csv", option="format")
    return named
