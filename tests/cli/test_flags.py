import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from pipeline.commands.flags import _NUMBERS, FLAGS, ExportType, FileFlags, FilterFlags
from pipeline.datasets import DATASETS
from pipeline.options import Options
from pipeline.paging import encode_page
from tests.cli.conftest import Bellhop

PAGE = encode_page(("1",))
SUMMARY_PAGE = encode_page(("a",))

TAKEN: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    ("hotels", (), {}),
    ("hotels", ("--supplier", "agoda", "--supplier", "EAN"), {"suppliers": ["agoda", "EAN"]}),
    ("hotels", ("--supplier", "All"), {}),
    ("hotels", ("--country", "FR", "--country", "DE"), {"country_codes": ["FR", "DE"]}),
    ("hotels", ("--min-rating", "2", "--max-rating", "4.5"), {"min_rating": 2, "max_rating": 4.5}),
    ("hotels", ("--from", "2020-01-01", "--to", "2025-06-30T05:59:01Z"), {"date_from": "2020-01-01"}),
    ("hotels", ("--ittid", "9", "--ittid", "a-1"), {"ittids": ["9", "a-1"]}),
    ("hotels", ("--property-type", "Hotel"), {"property_types": ["Hotel"]}),
    ("hotels", ("--no-locations",), {"include_locations": False}),
    ("hotels", ("--no-contacts",), {"include_contacts": False}),
    ("hotels", ("--no-mappings",), {"include_mappings": False}),
    ("hotels", ("--limit", "2", "--after", PAGE), {"limit": 2, "after": PAGE}),
    ("mappings", ("--ittid", "9", "--from", "2020-01-01"), {"ittids": ["9"], "date_from": "2020-01-01"}),
    ("mappings", ("--supplier", "agoda", "--limit", "3"), {"suppliers": ["agoda"], "limit": 3}),
    ("supplier-summary", ("--country-breakdown",), {"include_country_breakdown": True}),
    ("supplier-summary", ("--after", SUMMARY_PAGE, "--limit", "1"), {"after": SUMMARY_PAGE, "limit": 1}),
]

REFUSED = [
    ("--min-rating", "6", "--min-rating: 6 will not do; give a number from 0 to 5"),
    ("--max-rating", "nan", "--max-rating: 'nan' will not do"),
    ("--min-rating", "four", "--min-rating: 'four' will not do; give a number from 0 to 5"),
    ("--country", "fr", "--country: ['fr'] will not do; country codes are two upper-case letters"),
    ("--from", "yesterday", "--from: 'yesterday' will not do"),
    ("--to", "9999-01-01", "--to: '9999-01-01' will not do; it lies in the future"),
    ("--limit", "0", "--limit: 0 will not do; give a whole number from 1"),
    ("--limit", "many", "--limit: 'many' will not do"),
    ("--limit", "1_0", "--limit: '1_0' will not do"),
    ("--limit", "\uff11\uff10", "--limit: '\uff11\uff10' will not do"),
    ("--min-rating", "0_4.5", "--min-rating: '0_4.5' will not do"),
    ("--after", "zzz", "--after: 'zzz' will not do"),
    ("--supplier", "a\0", "--supplier: ['a\\x00'] will not do"),
    ("--columns", "nix", "--columns: 'nix' will not do"),
    ("--format", "docx", "--format: 'docx' will not do"),
    ("--compression", "lzma", "--compression: 'lzma' will not do"),
    ("--csv-formulas", "run", "--csv-formulas: 'run' will not do; give escape or raw"),
    ("--csv-separator", "x", "--csv-separator: 'x' will not do"),
]


def test_what_is_a_number_in_the_library_is_one_on_the_command_line() -> None:
    fields_of = (dataset.model.model_fields.items() for dataset in DATASETS.values())
    numbers = (int | float | None, int | None)
    assert {name for known in fields_of for name, field in known if field.annotation in numbers} == _NUMBERS


def of_others(export_type: str) -> list[str]:
    """The flags of filters that an export does not have."""
    known = {*DATASETS[ExportType(export_type).dataset].model.model_fields}
    known |= {"ittids_from"} if "ittids" in known else set()
    return [FLAGS[field.name] for field in fields(FilterFlags) if field.name not in known]


def test_what_can_be_exported_is_what_the_library_exports() -> None:
    assert {export_type.dataset for export_type in ExportType} == set(DATASETS)


def test_every_filter_has_a_flag() -> None:
    known = {name for dataset in DATASETS.values() for name in dataset.model.model_fields}
    assert {field.name for field in fields(FilterFlags)} == known | {"ittids_from"}


def test_every_option_has_a_flag() -> None:
    assert {field.name for field in fields(FileFlags)} == {"format", *Options.model_fields}


@pytest.mark.parametrize("case", TAKEN, ids=lambda case: f"{case[0]} {' '.join(case[1])}")
def test_flags_are_the_filters_of_the_library(
    case: tuple[str, tuple[str, ...], dict[str, Any]], bellhop: Bellhop, url: str, tmp_path: Path
) -> None:
    export_type, flags, wanted = case
    manifest, file = tmp_path / "manifest.json", tmp_path / "file.csv"
    result = bellhop("export", export_type, "--source", url, "-o", file, "--manifest", manifest, *flags)
    assert result.exit_code == 0, result.stderr
    filters = json.loads(manifest.read_text())["filters"]
    assert filters == filters | wanted
    assert set(filters) - set(wanted) <= {"date_to"}


@pytest.mark.parametrize("command", ["export", "count", "explain"])
def test_a_number_stays_the_number_that_it_was(command: str, bellhop: Bellhop, url: str, tmp_path: Path) -> None:
    file = tmp_path / "hotels.json"
    target = ("-o", file) if command == "export" else ()
    assert bellhop(command, "hotels", "--source", url, "--min-rating", "2", *target).exit_code == 0
    if command == "export":
        assert '"min_rating": 2\n' in file.read_text()


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: " ".join(case[:2]))
def test_what_will_not_do_is_told_by_the_flag(
    case: tuple[str, str, str], bellhop: Bellhop, url: str, tmp_path: Path
) -> None:
    flag, value, words = case
    target = tmp_path / "hotels.csv"
    result = bellhop("export", "hotels", "--source", url, "-o", target, flag, value)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"bellhop: {words}")
    assert result.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_all_that_will_not_do_is_told_at_once(bellhop: Bellhop, url: str) -> None:
    result = bellhop("count", "hotels", "--source", url, "--min-rating", "6", "--country", "x", "--limit", "-1")
    assert result.exit_code == 2
    assert all(f"{flag}: " in result.stderr for flag in ("--min-rating", "--country", "--limit"))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--min-rating", "4", "--max-rating", "3"), "--min-rating must not be over --max-rating"),
        (("--from", "2024-01-02", "--to", "2024-01-01"), "--from must not be later than --to"),
    ],
)
def test_two_flags_that_contradict_each_other_are_both_named(
    flags: tuple[str, ...], words: str, bellhop: Bellhop, url: str
) -> None:
    result = bellhop("count", "hotels", "--source", url, *flags)
    assert result.exit_code == 2
    assert result.stderr.endswith(f"{words}\n")
    assert "_" not in result.stderr


@pytest.mark.parametrize(
    ("export_type", "flag"),
    [(export_type, flag) for export_type in ExportType for flag in of_others(export_type)],
)
def test_a_flag_of_another_export_is_refused_by_name(export_type: str, flag: str, bellhop: Bellhop, url: str) -> None:
    takes_none = flag.startswith("--no-") or flag == "--country-breakdown"
    result = bellhop("count", export_type, "--source", url, flag, *(() if takes_none else ("1",)))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"bellhop: {flag} is no filter of {export_type}; it takes --supplier, ")


def test_an_option_of_another_format_is_refused_by_its_flag(bellhop: Bellhop, url: str, tmp_path: Path) -> None:
    result = bellhop("export", "hotels", "--source", url, "-o", tmp_path / "h.json", "--csv-separator", ";")
    assert result.exit_code == 2
    assert result.stderr.startswith("bellhop: --csv-separator is no option of this format")


@pytest.mark.parametrize("separator", ["tab", "\\t", "\t"])
def test_columns_come_in_one_flag_or_in_several_and_a_tab_has_a_name(
    separator: str, bellhop: Bellhop, url: str, tmp_path: Path
) -> None:
    file = tmp_path / "hotels.csv"
    columns = ("--columns", "name,ittid", "--columns", "rating")
    result = bellhop("export", "hotels", "--source", url, "-o", file, *columns, "--csv-separator", separator)
    assert result.exit_code == 0, result.stderr
    assert file.read_text("utf-8-sig").splitlines()[0] == "name\tittid\trating"


@pytest.mark.parametrize("content", ["9\na-1\n", "9\r\n\r\n  \r\na-1", "\ufeff9\na-1", "\n9\n\n9\na-1\n\n"], ids=repr)
def test_ittids_come_out_of_a_file_or_stdin(content: str, bellhop: Bellhop, url: str, tmp_path: Path) -> None:
    file = tmp_path / "ittids.txt"
    file.write_bytes(content.encode())
    count = ("count", "hotels", "--source", url, "--ittids-from")
    assert bellhop(*count, file).stdout == "2\n"
    assert bellhop(*count, "-", stdin=content.encode()).stdout == "2\n"
    assert bellhop(*count, file, "--ittid", "A-1").stdout == "3\n"


def test_spaces_around_an_ittid_are_the_ittids_own(bellhop: Bellhop, url: str) -> None:
    assert bellhop("count", "hotels", "--source", url, "--ittids-from", "-", stdin=" 9\n").stdout == "0\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "No such file"), (b"\xff\xfe", "not UTF-8"), (b"", "has no ittid"), (b"\n \r\n", "has no ittid")],
)
def test_a_file_without_ittids_is_told(
    content: bytes | None, words: str, bellhop: Bellhop, url: str, tmp_path: Path
) -> None:
    file = tmp_path / "ittids.txt"
    if content is not None:
        file.write_bytes(content)
    result = bellhop("count", "hotels", "--source", url, "--ittids-from", file)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"bellhop: --ittids-from: {str(file)!r}")
    assert words in result.stderr
