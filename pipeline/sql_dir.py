"""Other people's names: a folder of ``.sql`` files that stand in for Bellhop's own, each the view of one table.

They are written in the source's dialect, read once, and refused unless each is one SELECT that changes nothing.
"""

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NoReturn, cast

from sqlglot import Dialect as SqlglotDialect
from sqlglot import Parser, Token, TokenType, exp, tokenize
from sqlglot.errors import ParseError, SqlglotError

from pipeline.contract import check_views
from pipeline.dialects import MYSQL, SQLITE, Dialect
from pipeline.errors import OptionError, first_line
from pipeline.query import Views, view_name
from pipeline.schema import VIEWS
from pipeline.sources.base import Source

_ENDING = ".sql"
_FILES = {f"{name}{_ENDING}": name for name in VIEWS}
_VERSION = f"version{_ENDING}"
"""No view, but what proves that the catalogue has not changed: pipeline/catalogue_version.py."""
_NAMES = (*_FILES, _VERSION)

_CTES = frozenset(map(view_name, VIEWS))

Refused = Mapping[type[exp.Expr], str]

_REFUSED: Refused = {
    exp.DML: "it changes data",
    exp.DDL: "it changes the database",
    exp.Command: "it is not SQL that can be read through",
    exp.Into: "its INTO makes a table",
    exp.Lock: "it locks rows",
    exp.Placeholder: "it has a placeholder, and there is no value for it",
    exp.Parameter: "it has a placeholder or a variable, and there is no value for it",
    exp.SessionParameter: "it has a variable of the session",
}
"""What may stand nowhere in a file, however deep, and why."""

_OF_VERSIONS: Refused = {kind: why for kind, why in _REFUSED.items() if kind is not exp.SessionParameter}
"""A set of GTIDs stands in a variable of the server."""

_SQLITE_NUMERIC = (exp.DataType.Type.DECIMAL, exp.DataType.Type.BOOLEAN, exp.DataType.Type.DATE)
_NO_SYNTAX = frozenset({"DATE_PART"})
"""Functions that are called as others are, and which sqlglot reads in a way of its own all the same."""

_RUN_COMMENTS = ("!", "M!")
"""How comments begin that MySQL and MariaDB run."""


@dataclass(frozen=True, kw_only=True)
class GivenViews:
    """Views that stand in for Bellhop's own."""

    selects: Views = field(default_factory=dict)
    sha256: Mapping[str, str] = field(default_factory=dict)
    """Of the file of each."""
    version: exp.Query | None = None
    """What proves that the catalogue has not changed."""


def given_views(folder: str | os.PathLike[str], source: Source) -> GivenViews:
    """The views in a folder, held against the contract; files of other endings are passed over.

    Raises:
        OptionError: There is no such folder, nothing in it, a name that is no view's, or a file that is no SELECT.
        CatalogueMismatch: A SELECT lacks a column, has one of a type that will not do, or cannot be run.
        SourceUnavailable: The catalogue cannot be asked for the columns.

    """
    files = _files(Path(_path(folder)))
    contents = {_FILES[file.name]: (file, _read(file)) for file in files if file.name != _VERSION}
    selects = {name: _select(file, content, source.dialect) for name, (file, content) in contents.items()}
    sums = {name: sha256(content).hexdigest() for name, (_, content) in contents.items()}
    with source.snapshot() as snapshot:
        check_views(snapshot, source.dialect, selects, selects)
    versions = [_select(file, _read(file), source.dialect, _OF_VERSIONS) for file in files if file.name == _VERSION]
    return GivenViews(selects=selects, sha256=sums, version=next(iter(versions), None))


def _path(folder: object) -> str:
    if isinstance(folder, str | os.PathLike) and (path := os.fspath(folder)) and isinstance(path, str):
        return path
    return _refuse(folder, "it names no folder")


def _files(folder: Path) -> list[Path]:
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() == _ENDING)
    except OSError as error:
        _refuse(folder, f"it cannot be read: {error.strerror}")
    for file in files:
        if file.name not in _NAMES:
            (near,) = difflib.get_close_matches(file.name.lower(), _NAMES, n=1, cutoff=0)
            _refuse(file, f"no view has this name; the nearest is {near}")
    if not files:
        _refuse(folder, "it has no .sql file")
    return files


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        _refuse(file, f"it cannot be read: {error.strerror}")


def _select(file: Path, content: bytes, dialect: Dialect, refused: Refused = _REFUSED) -> exp.Query:
    try:
        text = content.decode("utf-8-sig")
        tokens = tokenize(text, read=dialect.name)
        _check_tokens(file, tokens)
        parsed = next(one for one in _parser(dialect).parse(tokens, text) if one is not None)
        parsed.sql(dialect=dialect.name)
    except RecursionError:
        _refuse(file, "it is nested too deep to be read through")
    except UnicodeDecodeError:
        _refuse(file, "it is not UTF-8")
    except SqlglotError as error:
        _refuse(file, f"it cannot be read as {dialect.name}'s SQL: {_reason(error)}")
    if not isinstance(parsed, exp.Select | exp.SetOperation):
        _refuse(file, "it is no SELECT")
    for reason in (*_reasons(parsed, refused), *_altered(parsed, dialect)):
        _refuse(file, reason)
    return _without_comments(_understood(parsed, dialect))


def _parser(dialect: Dialect) -> Parser:
    """A parser that knows no function, and so leaves each as it is: sqlglot writes many in words of its own."""
    known = SqlglotDialect.get_or_raise(dialect.name)
    plain = {name: way for name, way in known.parser_class.FUNCTION_PARSERS.items() if name not in _NO_SYNTAX}
    parser = type("PlainParser", (known.parser_class,), {"FUNCTIONS": {}, "FUNCTION_PARSERS": plain})
    made: Parser = parser(dialect=known)
    return made


def _check_tokens(file: Path, tokens: list[Token]) -> None:
    """One statement, and one that begins as a SELECT does: what else there is, need not be parsed."""
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        _refuse(file, "it is empty")
    if tokens[0].token_type not in (TokenType.SELECT, TokenType.WITH):
        _refuse(file, f"it begins with {tokens[0].text!r:.40}")
    if any(token.token_type is TokenType.SEMICOLON for token in tokens):
        _refuse(file, "it has several statements")
    if any(comment.startswith(_RUN_COMMENTS) for token in tokens for comment in token.comments):
        _refuse(file, "it has a comment that MySQL runs")


def _reasons(select: exp.Query, refused: Refused) -> Iterator[str]:
    """Why a SELECT will not do."""
    for node in select.walk():
        yield from (why for kind, why in refused.items() if isinstance(node, kind))
        if isinstance(node, exp.Identifier) and not node.quoted and node.name.startswith("$"):
            yield _REFUSED[exp.Placeholder]  # SQLite's, which sqlglot takes for a column
    for part in select.find_all(exp.CTE):
        if not isinstance(part.this, exp.Query):
            yield f"its WITH {part.alias} is no SELECT"
    for table in select.find_all(exp.Table):
        if not table.db and table.name.lower() in _CTES:
            yield f"{table.name} is a name of Bellhop's own; if it is a table of yours, say its schema, too"


def _altered(select: exp.Query, dialect: Dialect) -> Iterator[str]:
    """What would not go to the database as it was written: sqlglot makes REAL of SQLite's NUMERIC, DATE() of DATE."""
    if dialect is SQLITE:
        for found in select.find_all(exp.Cast):
            if found.to.is_type(*_SQLITE_NUMERIC):
                yield f"its CAST to {found.to.sql()} would be one to another type; cast to INTEGER, REAL or TEXT"


def _understood(select: exp.Query, dialect: Dialect) -> exp.Query:
    """MySQL's REGEXP said as MariaDB knows it, too: sqlglot would write REGEXP_LIKE."""
    if dialect is not MYSQL:
        return select

    def put(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.RegexpLike):
            return node
        found = exp.Anonymous(this="REGEXP_INSTR", expressions=[node.this, node.expression])
        return exp.paren(exp.GT(this=found, expression=exp.Literal.number(0)))

    return cast("exp.Query", select.transform(put))


def _without_comments(select: exp.Query) -> exp.Query:
    for node in select.walk():
        node.pop_comments()
    return select


def _reason(error: SqlglotError) -> str:
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        return f"{first['description']} in line {first['line']}, column {first['col']}"
    return first_line(error)


def _refuse(place: object, why: str) -> NoReturn:
    message = (
        f"sql_dir: {str(place)!r} will not do: {why};"
        f" give a folder with files of these, each one SELECT: {', '.join(_NAMES)}"
    )
    raise OptionError(message, option="sql_dir", value=place)
