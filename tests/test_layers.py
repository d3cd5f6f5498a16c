"""Imports of ``pipeline`` go one way: from what stands later in LAYERS to what stands earlier; none goes in a circle.

An import counts wherever it stands: at the top, in a function, under TYPE_CHECKING, or as the text of a ``load(…)``.
That a submodule's import also runs its package's ``__init__`` does not: ``datasets/__init__`` lists what stands in it.
"""

import ast
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from pipeline.catalogue import _SOURCES
from pipeline.datasets import DATASETS
from pipeline.formats import FORMATS

ROOT = Path(__file__).parents[1]
PUBLIC = "pipeline"
"""The package's own ``__init__``: the public names."""

LAYERS: tuple[tuple[str, ...], ...] = (
    # Words and small tools: they import nothing of Bellhop.
    (
        "errors",
        "schema",
        "utc",
        "futures",
        "progress",
        "buffers",
        "manifest",
        "notebook",
        "paging",
        "sql_files",
        "plans",
        "early_sync",
    ),
    ("dialects",),
    ("filter_fields", "options", "scope", "query", "url", "scratch", "lazy", "bar"),
    ("reshape", "stack", "conform", "chunks", "mysql_address"),
    ("arranged", "datasets.tally", "publish", "filters"),
    # What every dataset is, what every source is.
    ("datasets.base", "datasets.tables", "sources.base", "formats"),
    ("nested", "arrow", "cluster", "pieces", "software", "contract", "mysql_session", "postgres_url"),
    # The families, and what needs none of their members: none knows another.
    ("sources", "writers", "datasets", "loading", "prepare", "content", "place", "sql_dir", "catalogue_version"),
    ("encoding", "indexes"),
    ("flow",),
    ("export",),
    ("catalogue",),
    (PUBLIC,),
    ("demo",),
    ("commands",),
    ("cli",),
)
"""Each layer may import the layers before it. What stands in one layer does not import its neighbours; a name of a
package stands for all that is in it and not named apart, and inside of it any import goes that makes no circle."""

FOREIGN = ("api", "tests", "benchmarks", "fastapi", "starlette")
"""What the library never imports."""

KNOWN_OUTSIDE: Mapping[str, frozenset[str]] = {
    "sources": frozenset({"base"}),
    "writers": frozenset({"base"}),
    "datasets": frozenset({"", "base", "tally", "tables"}),
}
"""What of a family others may import: its words and its registry, never one of its members."""

FAMILIES: Mapping[str, frozenset[str]] = {
    "datasets": frozenset(dataset.__module__ for dataset in DATASETS.values()),
    "sources": frozenset(place.partition(":")[0] for place, _ in _SOURCES.values()),
    "writers": frozenset(known.writer.partition(":")[0] for known in FORMATS.values()),
}
"""The modules of the members of each family, as its registry has them."""


@dataclass(frozen=True)
class Import:
    """One module of the library imports something."""

    importer: str
    imported: str
    line: int

    def __str__(self) -> str:
        return f"{self.importer} (line {self.line}) imports {self.imported}"


def modules(package: str) -> dict[str, Path]:
    """Every module of a package by its name."""
    found: dict[str, Path] = {}
    for file in sorted((ROOT / package).rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


MODULES = modules(PUBLIC)
ALL = MODULES | modules("api") | modules("benchmarks")


def imports(of: Mapping[str, Path]) -> list[Import]:
    """Every import in these modules, as it is written."""
    return [
        Import(importer, imported, line)
        for importer, file in of.items()
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        for imported, line in _imported(node)
    ]


def _imported(node: ast.AST) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"a relative import in line {node.lineno}: nobody can tell where it goes"
        for alias in node.names:
            name = f"{node.module}.{alias.name}"
            yield (name if name in ALL else str(node.module)), node.lineno
    elif isinstance(node, ast.Import):
        yield from ((alias.name, node.lineno) for alias in node.names)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "load":
        place = node.args[0] if node.args else None
        if isinstance(place, ast.Constant) and isinstance(place.value, str):
            yield place.value.partition(":")[0], node.lineno


IMPORTS = imports(MODULES)
OWN = [one for one in IMPORTS if one.imported.split(".")[0] == PUBLIC and one.imported != one.importer]
"""Imports of the library's own modules."""


def short(module: str) -> str:
    """A module's name as LAYERS has it."""
    return module.removeprefix(f"{PUBLIC}.")


def place_of(module: str) -> str | None:
    """The name in LAYERS that a module falls under: the longest that it begins with."""
    if module == PUBLIC:
        return PUBLIC
    names = [name for layer in LAYERS for name in layer if f"{short(module)}.".startswith(f"{name}.")]
    return max(names, key=len, default=None)


def height(module: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if place_of(module) in layer)


def test_every_module_has_a_place_in_the_layers() -> None:
    homeless = [module for module in MODULES if place_of(module) is None]
    assert not homeless, f"give {', '.join(homeless)} a place in LAYERS, as low as its imports allow"


def test_every_place_in_the_layers_has_a_module() -> None:
    empty = {name for layer in LAYERS for name in layer} - {place_of(module) for module in MODULES}
    assert not empty, f"there is no module for {', '.join(sorted(empty))} in LAYERS"


def test_every_import_of_the_library_is_of_a_module_that_is_there() -> None:
    astray = [one for one in OWN if one.imported not in MODULES]
    assert not astray, "; ".join(map(str, astray))


def test_imports_go_down() -> None:
    up = [
        one
        for one in OWN
        if place_of(one.importer) != place_of(one.imported) and height(one.importer) <= height(one.imported)
    ]
    assert not up, "an import may only go to an earlier layer: " + "; ".join(map(str, up))


def test_no_import_goes_round_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for one in imports(ALL):
        if one.imported in ALL and one.imported != one.importer:
            graph.setdefault(one.importer, set()).add(one.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # graphlib gives each module before the one that imports it.
        pytest.fail(f"a circle of imports: {' imports '.join(reversed(error.args[1]))}", pytrace=False)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_members_of_a_family_do_not_know_each_other(family: str) -> None:
    members = FAMILIES[family]
    assert len(members) > 1
    acquainted = [one for one in OWN if {one.importer, one.imported} <= members]
    assert not acquainted, "; ".join(map(str, acquainted))


@pytest.mark.parametrize("family", KNOWN_OUTSIDE)
def test_only_the_words_of_a_family_are_known_outside_of_it(family: str) -> None:
    inside = f"{PUBLIC}.{family}"
    entered = [
        one
        for one in OWN
        if f"{one.imported}.".startswith(f"{inside}.")
        and not one.importer.startswith(inside)
        and one.imported.removeprefix(inside).removeprefix(".") not in KNOWN_OUTSIDE[family]
    ]
    assert not entered, f"only {sorted(KNOWN_OUTSIDE[family])} of {family} may be known: " + "; ".join(
        map(str, entered)
    )


def test_the_library_imports_nothing_that_stands_on_it() -> None:
    foreign = [one for one in IMPORTS if one.imported.split(".")[0] in FOREIGN]
    assert not foreign, "; ".join(map(str, foreign))


def places() -> list[str]:
    """Every text of the library that reads like ``pipeline.module:name``."""
    return sorted(
        {
            node.value
            for file in MODULES.values()
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value.startswith(f"{PUBLIC}.")
            and node.value.partition(":")[2].isidentifier()
        }
    )


@pytest.mark.parametrize("place", places())
def test_what_is_loaded_by_its_name_is_there(place: str) -> None:
    module, _, name = place.partition(":")
    assert hasattr(importlib.import_module(module), name), f"nothing stands at {place}"
