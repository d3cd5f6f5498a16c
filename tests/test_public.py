"""The public names are those that are promised, and the tree of errors is as it is drawn."""

import ast
import copy
import inspect
import pickle
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import pipeline
from pipeline import errors

NAMED = re.compile(r"\bpipeline\.(\w+)")
DRAWN = re.compile(r"^    ([│├└─ ]*)(\w+)(?: \((\w+)\))?(?:   .*)?$")
"""A line of the tree: branches, a class, the class of Python's that it also is, what it means."""


@dataclass(frozen=True)
class Drawn:
    """One class as the tree has it."""

    name: str
    parents: tuple[str, ...]


def tree() -> dict[str, Drawn]:
    """What the docstring of errors.py draws."""
    return {drawn.name: drawn for drawn in _tree(str(errors.__doc__).splitlines())}


def _tree(lines: list[str]) -> Iterator[Drawn]:
    above: list[str] = []
    for line in lines:
        found = DRAWN.match(line)
        if found:
            branches, name, builtin = found.groups()
            del above[len(branches) // 4 :]
            yield Drawn(name, (*above[-1:], *([builtin] if builtin else [])))
            above.append(name)


TREE = tree()


def error_classes() -> dict[str, type[BaseException]]:
    return {
        name: found
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, BaseException) and found.__module__ == errors.__name__
    }


ERRORS = error_classes()


def facts_of(kind: type[BaseException]) -> dict[str, Any]:
    """A value of its own for every fact that an error takes. Each is a tuple, which is kept as it is."""
    if not inspect.isfunction(kind.__init__):  # Python's own: it takes none
        return {}
    parameters = inspect.signature(kind.__init__).parameters.values()
    return {p.name: (f"the {p.name}",) for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}


def with_facts(kind: type[BaseException]) -> BaseException:
    return kind("what was wrong, what came, what would do", **facts_of(kind))


def test_the_public_names_are_sorted() -> None:
    assert pipeline.__all__ == sorted(pipeline.__all__)


def test_the_public_names_are_those_that_have_a_place() -> None:
    assert pipeline.__all__ == list(pipeline._PLACES)


def test_the_type_checker_sees_the_same_names_at_the_same_places() -> None:
    written = ast.parse(Path(pipeline.__file__).read_text("utf-8"))
    seen = {
        alias.name: str(node.module).removeprefix("pipeline.")
        for node in ast.walk(written)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("pipeline.")
        for alias in node.names
    }
    assert seen == pipeline._PLACES


def test_what_the_docstring_uses_is_public() -> None:
    used = set(NAMED.findall(str(pipeline.__doc__)))
    assert used
    assert used <= set(pipeline.__all__)


@pytest.mark.parametrize("name", pipeline.__all__)
def test_every_public_name_is_there_and_has_a_docstring(name: str) -> None:
    found = getattr(pipeline, name)
    assert not isinstance(found, ModuleType)
    assert found.__name__ == name
    assert inspect.getdoc(found)


def test_dir_shows_the_public_names() -> None:
    assert dir(pipeline) == pipeline.__all__


def test_a_star_brings_the_public_names() -> None:
    brought: dict[str, object] = {}
    exec("from pipeline import *", brought)  # noqa: S102 - a star may not stand in a function
    assert set(pipeline.__all__) == set(brought) - {"__builtins__"}


def test_another_name_is_told_to_be_missing() -> None:
    with pytest.raises(AttributeError, match="module 'pipeline' has no attribute 'exprot'"):
        _ = pipeline.exprot


def test_every_error_is_public() -> None:
    assert ERRORS.keys() <= set(pipeline.__all__)


def test_the_tree_has_every_error_and_no_other() -> None:
    assert TREE.keys() == ERRORS.keys()


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_stands_where_the_tree_has_it(name: str) -> None:
    parents = tuple(base.__name__ for base in ERRORS[name].__bases__)
    plain = ("Exception",) if name == "BellhopError" else ()
    assert parents == (TREE[name].parents or plain)


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("UsageError", ValueError),
        ("FilterError", ValueError),
        ("OptionError", ValueError),
        ("LoadError", ValueError),
        ("SourceUnavailable", ConnectionError),
        ("OutputError", OSError),
        ("UnknownSupplierWarning", UserWarning),
    ],
)
def test_who_knows_only_python_can_catch_it_too(name: str, builtin: type[BaseException]) -> None:
    assert issubclass(ERRORS[name], builtin)


def test_every_error_but_a_warning_is_caught_with_the_root() -> None:
    outside = {name for name, kind in ERRORS.items() if not issubclass(kind, errors.BellhopError)}
    assert outside == {"UnknownSupplierWarning"}


def test_the_facts_of_the_errors_are_found() -> None:
    assert facts_of(errors.IncompleteRead).keys() == {"table", "counted", "received"}


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_can_be_made_of_its_message_alone(name: str) -> None:
    assert str(ERRORS[name]("what was wrong")) == "what was wrong"


@pytest.mark.parametrize("name", ERRORS)
def test_every_fact_is_an_attribute(name: str) -> None:
    error = with_facts(ERRORS[name])
    facts = facts_of(ERRORS[name])
    assert {fact: getattr(error, fact) for fact in facts} == facts


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ERRORS)
def test_every_error_survives_pickling_with_all_its_facts(name: str, protocol: int) -> None:
    error = with_facts(ERRORS[name])
    back = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - its own
    assert (type(back), back.args, str(back)) == (type(error), error.args, str(error))
    assert {fact: getattr(back, fact) for fact in facts_of(ERRORS[name])} == facts_of(ERRORS[name])


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_can_be_copied(name: str) -> None:
    back = copy.copy(with_facts(ERRORS[name]))
    assert {fact: getattr(back, fact) for fact in facts_of(ERRORS[name])} == facts_of(ERRORS[name])


def test_the_problems_of_a_filter_survive_pickling() -> None:
    problem = errors.FilterProblem(field="min_rating", value=6, wanted="give a number from 0 to 5")
    error = errors.FilterError(str(problem), problems=[problem])
    assert pickle.loads(pickle.dumps(error)).problems == (problem,)  # noqa: S301 - its own


def test_a_problem_says_field_value_and_what_would_do() -> None:
    problem = errors.FilterProblem(field="min_rating", value=6, wanted="give a number from 0 to 5")
    assert str(problem) == "min_rating: 6 will not do; give a number from 0 to 5"


def test_a_long_value_is_not_told_whole() -> None:
    problem = errors.FilterProblem(field="ittids", value=["9"] * 100_000, wanted="give fewer")
    assert len(str(problem)) < 200
