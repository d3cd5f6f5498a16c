"""The workbooks of every variant, written once for all who look at them."""

import pytest

from tests.stored import store_in_duckdb
from tests.writers.books import CATALOGUES, VARIANTS, Book, write


@pytest.fixture(scope="session")
def urls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("catalogues")
    return {name: store_in_duckdb(folder, catalogue) for name, catalogue in CATALOGUES.items()}


@pytest.fixture(scope="session")
def books(urls: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Book]:
    folder = tmp_path_factory.mktemp("workbooks")
    return {
        name: write(variant, urls[variant.catalogue], folder / f"{name.replace(' ', '_')}.xlsx")
        for name, variant in VARIANTS.items()
    }


@pytest.fixture
def book(books: dict[str, Book], name: str) -> Book:
    return books[name]
