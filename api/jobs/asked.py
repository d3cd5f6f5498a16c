"""What a request asks for, checked: the same for a direct export, a job and an estimate."""

import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from api.errors import ErrorCode, invalid_fields, wrong_option
from pipeline.catalogue import Catalogue
from pipeline.errors import FilterError, OptionError
from pipeline.export import Export
from pipeline.filters import shown_name
from pipeline.formats import KNOWN_AS, Format, format_named
from pipeline.options import Options, checked_options
from pipeline.scope import Allowed

OPTIONS = ("columns", "compression", "csv_formulas", "csv_separator", "compact")
FIELDS = ("filters", "format", *OPTIONS)
_MOST_UNKNOWN = 100
"""Unknown fields that are told: a body has room for a million."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request for an export that holds to all rules; nothing was read for it yet."""

    export: Export
    format: Format
    options: Options

    @property
    def export_type(self) -> str:
        """The library's name of what is exported."""
        return self.export.dataset.name

    @property
    def request_hash(self) -> str:
        """The same for requests that mean the same."""
        return _hash(self.export_type, self.export.filters, self.format.name, self.options.applied())

    @property
    def records_hash(self) -> str:
        """The same for requests of the same records, in whatever format."""
        return _hash(self.export_type, self.export.filters)


def _hash(*meaning: object) -> str:
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()


def asked(catalogue: Catalogue, export_type: str, body: Mapping[str, Any], allowed: Allowed) -> Asked:
    """Check a request's body.

    Raises:
        ApiError: INVALID_FILTERS or INVALID_FORMAT; every field that does not hold is named, with what it accepts.

    """
    wrong_filters, wrong_format = [*_unknown(body)], []
    export: Export | None = None
    format_: Format | None = None
    options = Options()
    try:
        export = catalogue.export(export_type, _filters(body), allowed=allowed)
    except FilterError as error:
        wrong_filters += [(problem.field, problem.wanted) for problem in error.problems]
    try:
        format_ = _format(body)
        options = checked_options({name: body[name] for name in OPTIONS if name in body})
        if export is not None:
            export.writer(format_, options)
    except OptionError as error:
        wrong_format.append(wrong_option(error))
    if wrong_filters or wrong_format or export is None or format_ is None:
        code = ErrorCode.INVALID_FILTERS if wrong_filters else ErrorCode.INVALID_FORMAT
        raise invalid_fields(wrong_filters + wrong_format, code)
    return Asked(export=export, format=format_, options=options)


def _unknown(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in islice((shown_name(name) for name in body if name not in FIELDS), _MOST_UNKNOWN):
        (near,) = difflib.get_close_matches(name, FIELDS, n=1, cutoff=0)
        yield name, f"there is no such field; the nearest is {near}, and all are: {', '.join(FIELDS)}"


def _filters(body: Mapping[str, Any]) -> Mapping[str, Any]:
    filters = body.get("filters", {})
    if not isinstance(filters, dict):
        raise invalid_fields([("filters", 'give an object, such as {"country_codes": ["FR"]}; {} is no restriction')])
    return filters


def _format(body: Mapping[str, Any]) -> Format:
    name = body.get("format")
    if not isinstance(name, str):
        raise OptionError(f"give one of {KNOWN_AS}", option="format", value=name)
    return format_named(name)
