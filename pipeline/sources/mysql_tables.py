"""The tables and views of MySQL's that a SELECT reads, by a view or in another database.

Tables that no transaction holds are refused. Views may make ids anew at each read; of tables they stay.
"""

from collections.abc import Iterator, Sequence
from typing import NoReturn

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from pipeline.dialects import MYSQL
from pipeline.errors import CatalogueMismatch
from pipeline.mysql_session import Row, Session
from pipeline.query import Statement
from pipeline.sql_files import sql_text

Place = tuple[str, str]
"""A database, and the name of a table or view in it."""
_MADE_ANEW = (exp.Window, exp.Parameter, exp.Limit, exp.Rand, exp.Uuid, exp.Anonymous)
"""What can give a row another id at each read; functions that sqlglot does not know are taken for such, too."""


def refuse_engines_without_transactions(session: Session, database: str, select: exp.Query) -> None:
    """Look at the engine of each table that a SELECT reads.

    Args:
        session: Whom to ask.
        database: Where tables are that are called without theirs.
        select: The SELECT.

    Raises:
        CatalogueMismatch: One has no transactions. The definition of a view that the user may not see tells nothing.

    """
    known, unread = set[Place](), [select]
    while unread:
        for place in {*_places(unread.pop(), database)} - known:
            known.add(place)
            for (engine,) in _asked(session, "mysql/engine.sql", place):
                _refuse_engine(place[1], str(engine))
            unread += [query for (text,) in _asked(session, "mysql/definition.sql", place) for query in _read(text)]


def keeps_ids(session: Session, database: str, select: exp.Query) -> bool:
    """Whether a SELECT gives the same ids for the same rows each time; where that is not clear, it does not."""
    places = _places(select, database)
    return not select.find(*_MADE_ANEW) and not any(_asked(session, "mysql/definition.sql", place) for place in places)


def _places(select: exp.Query, database: str) -> Iterator[Place]:
    """The tables and views that are read; a CTE's name is none of them, though a table may be called so."""
    for scope in traverse_scope(select):
        for source in scope.sources.values():
            if isinstance(source, exp.Table):
                yield source.db or database, source.name


def _asked(session: Session, file: str, place: Place) -> Sequence[Row]:
    select = parse_one(sql_text(file), dialect="mysql", into=exp.Select)
    statement = Statement(select=select, values={"database": place[0], "name": place[1]})
    return session.run(statement.literal(MYSQL))


def _read(text: object) -> Iterator[exp.Query]:
    """The SELECT of a view, unless it is hidden, or in words that sqlglot does not know."""
    try:
        parsed = parse_one(str(text), dialect="mysql") if text else None
    except SqlglotError:
        return
    if isinstance(parsed, exp.Query):
        yield parsed


def _refuse_engine(table: str, engine: str) -> NoReturn:
    """Tell of a table that no transaction holds."""
    message = (
        f"{table} is a table of the engine {engine}, which has no transactions, and so no one moment;"
        f" change it by ALTER TABLE {table} ENGINE = InnoDB"
    )
    raise CatalogueMismatch(message, table=table, found=engine, wanted="InnoDB")
