"""Strings that something between a filter and a database could take for more than strings."""

import random
from collections.abc import Sequence

from hypothesis import strategies as st

from tests.model import Catalogue
from tests.sql.cases import NASTY
from tests.strategies import ITTIDS, TEXTS

WORDS = (
    *NASTY,
    *ITTIDS,
    *TEXTS,
    "__SQLGLOT__LB__",  # what sqlglot puts in place of a line break while it lays out a statement
    "\r\n",
    "\t",
    "\x01\x1a\x1b\x7f",
    "\ufeff",
    "\ufffe\uffff",
    "\U0010ffff",
    "\u2028\u2029\x85",
    "$tag$",
    "E'\\''",
    "U&'\\0041'",
    "x'41'",
    "\\N",
    "\\.",  # the end of a COPY
    "\n\\.\n",
    "\\0",
    "\\x00",
    "%%",
    "%(ittids)s",
    "$ittids",
    "@ittids",
    "`",
    '"',
    '""',
    '\\"',
    "[1]",
    '["a"]',
    "{}",
    '{"a"}',
    "#{x}",
    "${x}",
    "null",
    "true",
    "1",
    "-- ",
    "/*",
    "*/",
    ";",
    ")",
    "COLLATE C",
)

_characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_anything = st.text(_characters, max_size=4)
_pieces = st.lists(st.one_of(st.sampled_from(WORDS), st.sampled_from("'\"\\%{}:$\n"), _anything), max_size=4)

texts = _pieces.map("".join).filter(lambda text: text.casefold() != "all")
"""Texts that a filter takes: no NUL, no half of a surrogate pair, not the word All."""


def many(count: int, seed: int = 20260102) -> list[str]:
    """Texts put together from the words at random, the same each time, in the order of code points."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    made = {"".join(chance.choices(WORDS, k=chance.randint(1, 5))) for _ in range(2 * count)}
    return sorted(made - {"All", "all"})[:count]


def hotels_called(names: Sequence[str]) -> Catalogue:
    """A hotel for each name, which is its ittid and its property type, mapped by a supplier of that name too."""
    return {
        "hotels": [
            {"id": number, "ittid": name, "name": "a hotel", "property_type": name}
            for number, name in enumerate(names, 1)
        ],
        "provider_mappings": [
            {"id": number, "ittid": name, "provider_name": name, "provider_id": "1", "system_type": "a"}
            for number, name in enumerate(names, 1)
        ],
    }
