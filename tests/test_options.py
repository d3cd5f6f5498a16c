"""Options and formats: what each format takes, what a file's name tells, and what is refused."""

import datetime as dt
import gzip
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
import zstandard

import pipeline
from pipeline import Manifest, OptionError
from pipeline.datasets import DATASETS
from pipeline.formats import FORMATS
from pipeline.loading.make import make_catalogue
from pipeline.options import Options, checked_options
from tests.readers import plain_bytes, read_csv, read_xlsx_openpyxl

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
TEXT_FORMATS = ("csv", "json", "ndjson")
COMPRESSIONS = {"none": "", "gzip": ".gz", "zstd": ".zst"}

TAKES: dict[str, tuple[str, ...]] = {
    "columns": ("csv", "excel"),
    "compression": TEXT_FORMATS,
    "csv_formulas": ("csv",),
    "csv_separator": ("csv",),
    "compact": ("excel",),
}
"""Which formats take an option, as spec.md §1 and §2 have it."""

VALUES: dict[str, tuple[object, ...]] = {
    "columns": (["provider_name"],),
    "compression": ("gzip", "zstd"),
    "csv_formulas": ("raw",),
    "csv_separator": (";", "|", "\t"),
    "compact": (True,),
}
"""Values of each option that are not its default."""

DEFAULTS: dict[str, object] = {
    "columns": None,
    "compression": "none",
    "csv_formulas": "escape",
    "csv_separator": ",",
    "compact": False,
}

Write = Callable[..., Manifest]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Catalogue:
    url = f"sqlite:///{tmp_path_factory.mktemp('catalogue')}/catalogue.sqlite"
    make_catalogue(url, hotels=4, now=NOW)
    return pipeline.connect(url, now=lambda: NOW)


@pytest.fixture
def write(catalogue: pipeline.Catalogue) -> Write:
    """Write the cheapest of the exports."""
    return catalogue.supplier_summary().write


def refused(call: Callable[..., object], *args: object, **options: object) -> OptionError:
    with pytest.raises(OptionError) as caught:
        call(*args, **options)
    assert str(caught.value).isprintable()
    return caught.value


def test_every_format_and_every_option_is_tested() -> None:
    assert {*TAKES} == {*VALUES} == {*DEFAULTS} == {*Options.model_fields}
    assert {name for names in TAKES.values() for name in names} <= {*FORMATS}


# --- options by format ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(("option", "value"), [(option, value) for option in VALUES for value in VALUES[option]])
def test_a_format_takes_its_own_options_and_refuses_the_others(
    write: Write, tmp_path: Path, format_: str, option: str, value: object
) -> None:
    if format_ in TAKES[option]:
        manifest = write(tmp_path / "x", format=format_, **{option: value})
        assert manifest.options[option] == value
    else:
        error = refused(write, tmp_path / "x", format=format_, **{option: value})
        assert error.option == option
        assert str(error).startswith(f"{option} is no option of this format; it takes ")
        own = [name for name in TAKES if format_ in TAKES[name]]
        assert str(error).endswith(f"it takes {', '.join(sorted(own)) or 'none'}")
        assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("option", DEFAULTS)
def test_a_default_may_be_said_to_any_format(write: Write, format_: str, option: str) -> None:
    manifest = write(io.BytesIO(), format=format_, **{option: DEFAULTS[option]})
    # What became of formulas is told of every CSV, and of nothing else.
    assert manifest.options == ({"csv_formulas": "escape"} if format_ == "csv" else {})


WRONG: dict[str, tuple[object, ...]] = {
    "columns": ("provider_name", b"x", 5, True, [1], [None], {"provider_name"}, {"provider_name": 1}, iter(["id"])),
    "compression": ("", "GZIP", "gz", "zip", "brotli", 5, True, ["gzip"]),
    "csv_formulas": ("", "Raw", "escaped", False, 0),
    "csv_separator": ("", "tab", "\\t", ",,", " ", ":", '"', "\n", "\0", ord(","), [","]),
    "compact": (0, 1, 1.0, "true", "yes", "", []),
}
WANTED = {
    "columns": "a list of column names",
    "compression": "none, gzip or zstd",
    "csv_formulas": "escape or raw",
    "csv_separator": "one of , ; | and tab",
    "compact": "true or false",
}


@pytest.mark.parametrize(
    ("option", "value"),
    [pytest.param(option, value, id=f"{option}={value!r:.22}") for option in WRONG for value in WRONG[option]],
)
def test_a_value_that_an_option_does_not_take_is_refused(
    write: Write, tmp_path: Path, option: str, value: object
) -> None:
    error = refused(write, tmp_path / "x.csv", **{option: value})
    assert error.option == option
    assert str(error).startswith(f"{option}: ")
    assert str(error).endswith(f" will not do; give {WANTED[option]}")
    assert not [*tmp_path.iterdir()]


def test_an_unknown_option_is_named_with_all_that_there_are() -> None:
    error = refused(checked_options, {"colums": ["x"]})
    assert error.option == "colums"
    assert str(error).endswith(f"there is no such option; all are: {', '.join(Options.model_fields)}")


def test_an_option_that_is_none_was_not_given() -> None:
    assert checked_options(dict.fromkeys(Options.model_fields)) == Options()


# --- columns --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DATASETS)
def test_columns_come_in_the_order_in_which_they_were_asked_for(
    catalogue: pipeline.Catalogue, tmp_path: Path, name: str
) -> None:
    export = catalogue.export(name, {})
    asked = [*reversed(export.columns)][:4]

    manifest = export.write(tmp_path / "x.csv", columns=asked)

    header, some = read_csv(tmp_path / "x.csv")
    assert header == manifest.columns == asked
    export.write(tmp_path / "all.csv")
    all_columns, whole = read_csv(tmp_path / "all.csv")
    assert some == [[row[all_columns.index(column)] for column in asked] for row in whole]


@pytest.mark.parametrize("name", DATASETS)
def test_columns_are_of_the_main_sheet_and_leave_the_others_whole(
    catalogue: pipeline.Catalogue, tmp_path: Path, name: str
) -> None:
    export = catalogue.export(name, {})
    asked = [*reversed(export.columns)][:4]
    manifest = export.write(tmp_path / "x.xlsx", columns=asked)
    export.write(tmp_path / "all.xlsx")

    some, whole = read_xlsx_openpyxl(tmp_path / "x.xlsx"), read_xlsx_openpyxl(tmp_path / "all.xlsx")
    main, *others = manifest.sheets
    assert some[main][0] == asked
    assert len(some[main]) == len(whole[main])
    assert all(some[other] == whole[other] for other in others)


def test_columns_of_which_the_main_sheet_has_none_are_refused(catalogue: pipeline.Catalogue, tmp_path: Path) -> None:
    export = catalogue.supplier_summary(include_country_breakdown=True)
    asked = ["country_code", "country_hotels"]
    with pytest.raises(OptionError, match=r"^columns: a supplier has none of these, .* give any of provider_name, "):
        export.write(tmp_path / "x.xlsx", columns=asked)
    assert not [*tmp_path.iterdir()]
    export.write(tmp_path / "x.xlsx", columns=["country_code", "provider_name"])
    assert read_xlsx_openpyxl(tmp_path / "x.xlsx")["Suppliers"][0] == ["provider_name"]
    export.write(tmp_path / "x.csv", columns=asked)
    assert read_csv(tmp_path / "x.csv")[0] == asked


@pytest.mark.parametrize("target", ["x.csv", "x.xlsx"])
@pytest.mark.parametrize(
    ("columns", "came"),
    [
        (["nope"], "'nope'"),
        (["ittid", "Name"], "'Name'"),
        (["ittid", "ittid "], "'ittid '"),
        (["id"], "'id'"),
        (["ittid", "name", "ittid"], "'ittid'"),
        ([""], "''"),
        ([], "an empty list"),
        (["a\nb"], r"'a\nb'"),
    ],
)
def test_columns_that_there_are_not_or_that_come_twice_are_refused(
    catalogue: pipeline.Catalogue, tmp_path: Path, target: str, columns: list[str], came: str
) -> None:
    export = catalogue.hotels()
    error = refused(export.write, tmp_path / target, columns=columns)
    assert error.option == "columns"
    known = ", ".join(export.columns)
    assert str(error) == f"columns: {came} will not do; give any of these, each once: {known}"
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("switch", "column"),
    [
        ("include_locations", "city_name"),
        ("include_locations", "country_code"),
        ("include_contacts", "fax"),
        ("include_mappings", "giata_codes"),
    ],
)
def test_a_column_that_is_not_included_is_none(
    catalogue: pipeline.Catalogue, tmp_path: Path, switch: str, column: str
) -> None:
    for target in ("x.csv", "x.xlsx"):
        with_it = catalogue.hotels().write(tmp_path / target, columns=["ittid", column])
        assert with_it.columns == ["ittid", column]
        without = catalogue.export("hotels", {switch: False})
        assert column not in without.columns
        error = refused(without.write, tmp_path / target, columns=["ittid", column])
        assert str(error).startswith(f"columns: {column!r} will not do; ")


def test_country_columns_are_there_with_the_breakdown_only(catalogue: pipeline.Catalogue) -> None:
    asked = ["country_hotels", "provider_name"]
    broken_down = catalogue.supplier_summary(include_country_breakdown=True)
    assert broken_down.write(io.BytesIO(), format="csv", columns=asked).columns == asked
    refused(catalogue.supplier_summary().write, io.BytesIO(), format="csv", columns=asked)


# --- what a name tells ----------------------------------------------------------------------------------------------


def content_format(path: Path) -> str:
    """What a file is by its first bytes, whatever it is called."""
    content = path.read_bytes()
    starts = {b"\xef\xbb\xbf": "csv", b"{\n": "json", b"PK": "excel", b'{"': "ndjson", b"PAR1": "parquet"}
    starts |= {b"ARROW1": "arrow", b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
    return next(format_ for start, format_ in starts.items() if content.startswith(start))


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("change", [str.lower, str.upper, str.title])
def test_the_ending_tells_the_format_in_any_case(
    write: Write, tmp_path: Path, format_: str, change: Callable[[str], str]
) -> None:
    target = tmp_path / f"a.b.{change(FORMATS[format_].ending)}"
    assert write(target).format == format_
    assert content_format(target) == format_


@pytest.mark.parametrize("format_", TEXT_FORMATS)
@pytest.mark.parametrize("compression", ["gzip", "zstd"])
@pytest.mark.parametrize("change", [str.lower, str.upper])
def test_the_last_ending_tells_the_compression_in_any_case(
    write: Write, tmp_path: Path, format_: str, compression: str, change: Callable[[str], str]
) -> None:
    plain = tmp_path / f"x.{format_}"
    write(plain)
    packed = tmp_path / change(f"x.{format_}{COMPRESSIONS[compression]}")

    manifest = write(packed)

    assert (manifest.format, manifest.options["compression"]) == (format_, compression)
    assert content_format(packed) == compression
    by_its_name = packed.rename(tmp_path / f"y.{format_}{COMPRESSIONS[compression]}")
    assert len(plain_bytes(by_its_name)) == len(plain.read_bytes())


@pytest.mark.parametrize("format_", [name for name in FORMATS if name not in TEXT_FORMATS])
@pytest.mark.parametrize("ending", [".gz", ".zst", ".GZ"])
def test_what_is_compressed_already_has_no_second_ending(
    write: Write, tmp_path: Path, format_: str, ending: str
) -> None:
    error = refused(write, tmp_path / f"x.{FORMATS[format_].ending}{ending}")
    assert error.option == "compression"
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    "name",
    ["x", "x.", "x.txt", "x.xls", "x.csv.bak", "x.csv.gz.gz", "x.gz", "x.zst", "csv", ".csv", "x.csv.zip", "x.tsv"],
)
def test_an_unknown_ending_is_refused_unless_the_format_is_given(write: Write, tmp_path: Path, name: str) -> None:
    error = refused(write, tmp_path / name)
    assert error.option == "format"
    assert str(error).startswith(f"{name!r} has the ending of no format; end it in one of .csv, .json, .xlsx, ")
    assert not [*tmp_path.iterdir()]

    assert write(tmp_path / name, format="csv").file_name == name


@pytest.mark.parametrize(
    "given", ["csv", "CSV", "Json", "excel", "EXCEL", "xlsx", "Xlsx", "NDJSON", "parquet", "Arrow"]
)
def test_a_format_has_its_names_in_any_case(write: Write, given: str) -> None:
    name = "excel" if given.lower() == "xlsx" else given.lower()
    assert write(io.BytesIO(), format=given).format == name


@pytest.mark.parametrize("given", ["", " csv", "xls", "tsv", ".csv", "csv.gz", "pdf", "a\nb"])
def test_a_format_that_there_is_not_is_refused(write: Write, tmp_path: Path, given: str) -> None:
    error = refused(write, tmp_path / "x.csv", format=given)
    assert (error.option, error.value) == ("format", given)
    assert str(error).startswith(f"format: {given!r} will not do; give one of csv, json, excel, ")


@pytest.mark.parametrize(("given", "name"), [("json", "x.csv"), ("csv", "x.xlsx"), ("excel", "x.parquet")])
def test_a_format_that_is_given_goes_before_the_ending(write: Write, tmp_path: Path, given: str, name: str) -> None:
    assert write(tmp_path / name, format=given).format == given
    assert content_format(tmp_path / name) == given


@pytest.mark.parametrize("given", COMPRESSIONS)
def test_a_compression_goes_with_an_ending_that_says_none_and_with_its_own(
    write: Write, tmp_path: Path, given: str
) -> None:
    for target in (tmp_path / "x.csv", tmp_path / f"x.csv{COMPRESSIONS[given]}"):
        manifest = write(target, compression=given)
        assert content_format(target) == ("csv" if given == "none" else given)
        assert manifest.options.get("compression", "none") == given


@pytest.mark.parametrize("given", COMPRESSIONS)
@pytest.mark.parametrize("ending", ["gzip", "zstd"])
def test_a_compression_that_contradicts_the_ending_is_refused(
    write: Write, tmp_path: Path, given: str, ending: str
) -> None:
    if given == ending:
        return
    with pytest.raises(OptionError, match=f"^compression: {given} will not do for x.csv.*ending says {ending}"):
        write(tmp_path / f"x.csv{COMPRESSIONS[ending]}", compression=given)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("format_", TEXT_FORMATS)
def test_a_given_format_still_takes_its_compression_from_the_ending(write: Write, tmp_path: Path, format_: str) -> None:
    write(tmp_path / "x.log.gz", format=format_)
    assert content_format(tmp_path / "x.log.gz") == "gzip"


# --- folders and streams --------------------------------------------------------------------------------------------


def test_a_folder_and_a_stream_need_a_format(write: Write, tmp_path: Path) -> None:
    assert str(refused(write, tmp_path)) == f"format: the folder {tmp_path} does not tell it; give one, such as csv"
    assert str(refused(write, io.BytesIO())) == "format: a stream does not tell it; give one, such as csv"
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["x.csv", "x.xlsx"])
def test_the_ending_of_a_folder_tells_nothing(write: Write, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert refused(write, tmp_path / name).option == "format"


def test_a_folder_may_be_said_as_text_or_path(write: Write, tmp_path: Path) -> None:
    class Folder(os.PathLike[str]):
        def __fspath__(self) -> str:
            return str(tmp_path)

    for number, target in enumerate((str(tmp_path), f"{tmp_path}/", tmp_path, Folder())):
        name = write(target, format="csv").file_name
        assert name == "supplier_summary_20260102_030405.csv"
        (tmp_path / name).rename(tmp_path / str(number))


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_stream_gets_what_was_asked_for(write: Write, compression: str) -> None:
    stream, plain = io.BytesIO(), io.BytesIO()
    write(stream, format="csv", compression=compression)
    write(plain, format="csv")
    undo: dict[str, Callable[[bytes], bytes]] = {"none": bytes, "gzip": gzip.decompress, "zstd": _unzstd}
    assert undo[compression](stream.getvalue()) == plain.getvalue()


def _unzstd(content: bytes) -> bytes:
    with zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True) as reader:
        return reader.read()


def test_nothing_is_read_or_written_for_an_option_that_is_wrong(tmp_path: Path) -> None:
    # The file of the catalogue is gone: reading it would be another error.
    url = f"sqlite:///{tmp_path}/catalogue.sqlite"
    make_catalogue(url, hotels=1, now=NOW)
    export = pipeline.connect(url).hotels()
    (tmp_path / "catalogue.sqlite").unlink()

    class Untouched:
        def write(self, _: bytes) -> None:
            raise AssertionError

    stream = cast("BinaryIO", Untouched())
    wrong: list[dict[str, Any]] = [
        {"format": "x"},
        {"format": "csv", "columns": ["x"]},
        {"format": "json", "compact": True},
    ]
    for options in wrong:
        refused(export.write, stream, **options)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("generated_by", 5),
        ("refuse_over", -1),
        ("refuse_over", "5"),
        ("progress", "x"),
        ("workers", 0),
        ("workers", 1.5),
    ],
)
def test_how_it_is_run_is_checked_before_anything_is_read(
    write: Write, tmp_path: Path, option: str, value: object
) -> None:
    error = refused(write, tmp_path / "x.csv", **{option: value})
    assert error.option == option
    assert not [*tmp_path.iterdir()]
