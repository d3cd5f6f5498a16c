"""A group of flags, declared once as a dataclass: a command takes it as one parameter, a user types its flags."""

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import Field, fields, is_dataclass
from typing import Any, get_args

from typer.models import OptionInfo

Command = Callable[..., None]


def spread(command: Command) -> Command:
    """Put the fields of a command's dataclass parameters into its signature, which is what typer reads.

    A field is a parameter as in any command: ``name: Annotated[type, typer.Option("--flag")] = default``.
    """
    parameters = inspect.signature(command).parameters.values()
    groups = {p.name: p.annotation for p in parameters if isinstance(p.annotation, type) and is_dataclass(p.annotation)}

    @functools.wraps(command)
    def gathered(**given: object) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    flags = [flag for parameter in parameters for flag in _flags(parameter)]
    gathered.__signature__ = inspect.Signature(flags)  # type: ignore[attr-defined]  # what inspect.signature looks for
    return gathered


def flag_names(group: type) -> dict[str, str]:
    """The flag of each field of a group: ``min_rating`` → ``--min-rating``."""
    return {field.name: _flag_name(field) for field in fields(group)}


def _flags(parameter: inspect.Parameter) -> Iterator[inspect.Parameter]:
    if not is_dataclass(parameter.annotation):
        yield parameter
        return
    for field in fields(parameter.annotation):
        yield parameter.replace(name=field.name, annotation=field.type, default=field.default)


def _flag_name(field: "Field[Any]") -> str:
    (option,) = (word for word in get_args(field.type) if isinstance(word, OptionInfo))
    # Typer keeps the first name that an Option is given as its default; one that only switches off begins with " /".
    return str(option.default).removeprefix(" /")
