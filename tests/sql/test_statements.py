"""What holds for every statement of every plan, in every dialect, as sqlglot reads the text back."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import sqlglot
from hypothesis import example, given
from sqlglot import exp

from pipeline.datasets import DATASETS
from pipeline.dialects import Dialect
from pipeline.paging import encode_page
from pipeline.query import Statement, TableQuery
from tests.sql.cases import CASES, DIALECTS, Case
from tests.sql.values import texts

UNIQUE: Mapping[str, tuple[frozenset[str], ...]] = {
    "hotels": (frozenset({"ittid"}), frozenset({"id"})),
    "locations": (frozenset({"id"}),),
    "contacts": (frozenset({"id"}),),
    "provider_mappings": (frozenset({"id"}),),
    "supplier_summary": (frozenset({"provider_name"}), frozenset({"id"})),
    "supplier_countries": (frozenset({"provider_name", "country_code"}),),
}
"""Sets of columns that no two rows of a view have alike."""

TEXT_KEYS = frozenset({"ittid", "provider_name", "country_code"})
COLLATIONS = {"duckdb": ["C"], "sqlite": ["BINARY"], "postgres": ["C"], "mysql": []}
"""What each dialect calls the order by code point; MySQL's columns have it."""

PLAIN = "canary"
"""A value that nothing could take for more."""

ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"', flags=re.DOTALL)
ARRAY = re.compile(rf"\{{({ELEMENT.pattern}(,|(?=\}})))*\}}", flags=re.DOTALL)
"""A list of texts as PostgreSQL writes it: always quoted, and a backslash takes the next character as it is."""

MOMENT = re.compile(r"[0-9]{4}-.*")

dialects = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)


def plans(dialect: Dialect) -> Iterator[tuple[TableQuery, Statement]]:
    """Every SELECT that gives rows, of every case."""
    for case in CASES.values():
        plan = case.plan(dialect)
        for table in plan.tables:
            yield table, plan.rows(table)


def texts_of(statement: Statement, dialect: Dialect) -> tuple[str, str]:
    """With its values as placeholders, and as literals."""
    return statement.bound(dialect)[0], statement.literal(dialect)


def read(text: str, dialect: Dialect) -> exp.Select:
    """Read a text back; it is one SELECT and nothing behind it."""
    (statement,) = sqlglot.parse(text, dialect=dialect.name)
    assert isinstance(statement, exp.Select)
    return statement


@dialects
def test_every_case_of_every_export_is_there(dialect: Dialect) -> None:
    assert {case.export_type for case in CASES.values()} == DATASETS.keys()
    assert {table.view for table, _ in plans(dialect)} == UNIQUE.keys()


@dialects
def test_every_statement_is_one_select(dialect: Dialect) -> None:
    for case in CASES.values():
        for _, statement in case.statements(dialect):
            for text in texts_of(statement, dialect):
                assert not list(read(text, dialect).find_all(exp.Insert, exp.Update, exp.Delete, exp.Command))


@dialects
def test_the_rows_of_a_table_come_in_one_order_only(dialect: Dialect) -> None:
    for table, statement in plans(dialect):
        for text in texts_of(statement, dialect):
            order = read(text, dialect).args["order"].expressions
            names = {column.name for ordered in order for column in ordered.find_all(exp.Column)}
            assert any(unique <= names for unique in UNIQUE[table.view]), f"{table.view} is ordered by {names} alone"
            assert not any(ordered.args.get("desc") for ordered in order)


@dialects
def test_rows_as_they_come_are_the_ordered_ones_without_the_order_and_with_what_orders_them(dialect: Dialect) -> None:
    for case in CASES.values():
        plan = case.plan(dialect)
        for table in plan.tables:
            ordered = plan.rows(table).select.copy()
            ordered.set("order", None)
            only_to_order = [column.name for column in table.order if column not in table.columns]
            unordered = ordered.select(*map(exp.column, only_to_order)).sql(dialect=dialect.name)
            assert replace(plan, is_semi_joined=True).as_they_come(table).select.sql(dialect=dialect.name) == unordered
            own_conditions = plan.as_they_come(table).select.args.get("where")
            assert (own_conditions is None) == (not table.where)


@dialects
def test_the_order_begins_with_the_key_of_the_chunks(dialect: Dialect) -> None:
    for table, statement in plans(dialect):
        first = read(statement.literal(dialect), dialect).args["order"].expressions[0]
        assert [column.name for column in first.find_all(exp.Column)] == [table.columns[0].name]


@dialects
def test_text_is_ordered_by_code_point(dialect: Dialect) -> None:
    for _, statement in plans(dialect):
        for ordered in read(statement.literal(dialect), dialect).args["order"].expressions:
            (column,) = ordered.find_all(exp.Column)
            collations = [collate.expression.name for collate in ordered.find_all(exp.Collate)]
            assert collations == (COLLATIONS[dialect.name] if column.name in TEXT_KEYS else [])


@dialects
def test_only_columns_of_the_table_are_selected_and_in_its_order(dialect: Dialect) -> None:
    for table, statement in plans(dialect):
        selected = read(statement.literal(dialect), dialect).expressions
        assert [column.name for column in selected] == [column.name for column in table.columns]


@dialects
def test_a_statement_is_the_same_each_time(dialect: Dialect) -> None:
    for case in CASES.values():
        assert case.text(dialect) == case.text(dialect)


# Values


def case_with(value: str) -> Case:
    """An export of hotels with one value wherever a text can come from outside."""
    return Case(
        export_type="hotels",
        filters={
            "ittids": [value, "b"],
            "property_types": [value],
            "suppliers": ["a"],
            "after": encode_page((value,)),
            "limit": 1,
            "include_locations": False,
            "include_contacts": False,
            "include_mappings": False,
        },
        suppliers=(value, "c"),
        until=(value,),
    )


def statements_with(value: str, dialect: Dialect) -> list[Statement]:
    """Every statement that the value gets into."""
    case = case_with(value)
    plan = case.plan(dialect)
    asked = dict(case.statements(dialect))
    return [
        asked["where the page ends"],
        asked["hotels"],
        plan.row_count(plan.records),
    ]


def masked(select: exp.Select) -> str:
    """The statement as a tree, with the same literal for every text and without comments."""

    def mask(node: exp.Expr) -> exp.Expr:
        node.pop_comments()
        return exp.Literal.string("…") if is_text(node) else node

    return repr(select.transform(mask))


def is_text(node: exp.Expr) -> bool:
    return isinstance(node, exp.HexString) or (isinstance(node, exp.Literal) and node.is_string)


def literals(select: exp.Select, dialect: Dialect) -> Counter[str]:
    """Every text that the literals of a statement stand for, those of lists one by one."""
    found = (node.name for node in select.find_all(exp.Literal, exp.HexString) if is_text(node))
    return Counter(value for literal in found for value in in_literal(literal, dialect))


def in_literal(literal: str, dialect: Dialect) -> list[str]:
    """The texts that a literal stands for: itself, or what is listed in it as the database lists texts."""
    if dialect.name == "sqlite" and literal.startswith("["):
        values: Any = json.loads(literal)
        return [str(value) for value in values]
    if dialect.name == "postgres" and literal.startswith("{"):
        assert ARRAY.fullmatch(literal)
        return [re.sub(r"\\(.)", r"\1", element, flags=re.DOTALL) for element in ELEMENT.findall(literal)]
    if dialect.name == "mysql" and not MOMENT.fullmatch(literal):
        return [bytes.fromhex(literal).decode()]
    return [literal]


@cache
def plain(dialect_name: str) -> tuple[tuple[str, str, Counter[str]], ...]:
    """Of each statement with a harmless value: with placeholders, masked, and its literals."""
    dialect = DIALECTS[dialect_name]
    return tuple(described(statement, dialect) for statement in statements_with(PLAIN, dialect))


def described(statement: Statement, dialect: Dialect) -> tuple[str, str, Counter[str]]:
    select = read(statement.literal(dialect), dialect)
    return statement.bound(dialect)[0], masked(select), literals(select, dialect)


# A value that begins like a list is taken for one here, not by the database: those are for the live databases to try.
@dialects
@example(value="sqlglot's own mark of a line break: __SQLGLOT__LB__")
@given(value=texts.filter(lambda text: not text.startswith(("[", "{"))))
def test_a_value_changes_nothing_but_literals(dialect: Dialect, value: str) -> None:
    for statement, (bound, tree, before) in zip(statements_with(value, dialect), plain(dialect.name), strict=True):
        places = before[PLAIN]
        instead = before - Counter({PLAIN: places}) + Counter({value: places})
        assert described(statement, dialect) == (bound, tree, instead)


@dialects
def test_a_harmless_value_is_in_every_statement(dialect: Dialect) -> None:
    assert [found[PLAIN] > 0 for _, _, found in plain(dialect.name)] == [True] * 3


@dialects
def test_with_placeholders_no_value_is_in_the_text(dialect: Dialect) -> None:
    for statement in statements_with(PLAIN, dialect):
        text, values = statement.bound(dialect)
        assert PLAIN not in text
        assert values.keys() == {node.name for node in read(text, dialect).find_all(exp.Placeholder)}
