"""How a file is to be written: the options of spec.md §1, checked against the format."""

import enum
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictBool, ValidationError

from pipeline.errors import OptionError


class Compression(enum.StrEnum):
    """What the bytes of a text format are wrapped in."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


class CsvFormulas(enum.StrEnum):
    """What becomes of cells that a spreadsheet would run."""

    ESCAPE = "escape"
    """They get one more ``'`` in front, which can be taken off again."""
    RAW = "raw"
    """They stay as they are."""


class CsvSeparator(enum.StrEnum):
    """What stands between the cells of a CSV."""

    COMMA = ","
    SEMICOLON = ";"
    TAB = "\t"
    PIPE = "|"


def _listed(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise ValueError("a set or an iterator has no order to keep")  # noqa: TRY004 - pydantic takes no other
    return value


Columns = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""Names in the order that was given."""


class Options(BaseModel):
    """The options of one export; which format takes which is the format's to say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: Columns | None = None
    compression: Compression = Compression.NONE
    csv_formulas: CsvFormulas = CsvFormulas.ESCAPE
    csv_separator: CsvSeparator = CsvSeparator.COMMA
    compact: StrictBool = False

    def applied(self) -> dict[str, Any]:
        """The options that are not at their default: JSON types only."""
        return self.model_dump(mode="json", exclude_defaults=True)


def checked_run(*, generated_by: object, refuse_over: object, progress: object, **counts: object) -> None:
    """Check how an export is to be run; every one of ``counts`` is a whole number from 1, or None.

    Raises:
        OptionError: A value is none of those that its option takes.

    """
    _check("generated_by", generated_by, "a text", good=generated_by is None or isinstance(generated_by, str))
    _check("refuse_over", refuse_over, "a whole number from 0", good=_is_whole(refuse_over, 0))
    _check("progress", progress, "true, false or a function", good=isinstance(progress, bool) or callable(progress))
    for name, value in counts.items():
        _check(name, value, "a whole number from 1", good=_is_whole(value, 1))


def _is_whole(value: object, least: int) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= least)


def _check(name: str, value: object, wanted: str, *, good: bool) -> None:
    if not good:
        raise OptionError(f"{name}: {value!r:.80} will not do; give {wanted}", option=name, value=value)


_WANTED = {
    "columns": "a list of column names",
    "compression": "none, gzip or zstd",
    "csv_formulas": "escape or raw",
    "csv_separator": "one of , ; | and tab",
    "compact": "true or false",
}


def checked_options(given: Mapping[str, object]) -> Options:
    """Check options by name.

    Raises:
        OptionError: There is no such option, or its value is none of those it takes.

    """
    try:
        return Options.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        name = str(detail["loc"][0])
        wanted = (
            f"give {_WANTED[name]}" if name in _WANTED else f"there is no such option; all are: {', '.join(_WANTED)}"
        )
        message = f"{name}: {detail['input']!r} will not do; {wanted}"
        raise OptionError(message, option=name, value=detail["input"]) from None
