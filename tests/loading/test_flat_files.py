"""Files as they are: every cell of a CSV, and a file that is not whole."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import LoadError
from pipeline.loading.flat_files import read_flat_file
from tests.loading.given import csv_of, load
from tests.loading.rows import rows_of

CELLS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(data=st.data(), width=st.integers(2, 4), separator=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n"]))
def test_a_csv_is_read_cell_by_cell(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, width: int, separator: str, end: str
) -> None:
    rows = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=6))
    names = [f"column {n}" for n in range(width)]
    path = csv_of(tmp_path_factory.mktemp("csv") / "any.csv", [names, *rows], separator=separator, end=end)

    frame = read_flat_file(path).frame

    assert frame.columns == names
    assert frame.rows() == [tuple(row) for row in rows]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfittid,name\r\n1,A\r\n2,B\r\n",
        b"ittid,name\n1,A\n2,B",
        b"ittid,name\n1,A\n2,B\n\n\r\n\n",
        b'"ittid";"name"\n1;A\n"2";"B"\n',
        b"ittid\tname\n1\tA\n2\tB\n",
    ],
)
def test_usual_csvs_are_read(duck: str, hotels: Path, content: bytes) -> None:
    hotels.write_bytes(content)

    load(duck, hotels)

    assert [(row["ittid"], row["name"]) for row in rows_of(duck, "hotels")] == [("1", "A"), ("2", "B")]


def test_a_header_alone_loads_nothing(duck: str, hotels: Path) -> None:
    hotels.write_text("ittid,name\n")

    assert load(duck, hotels).rows["hotels"] == 0
    assert rows_of(duck, "hotels") == []


@pytest.mark.parametrize(
    ("content", "said", "row"),
    [
        (b"", "is empty", None),
        (b"\n\n", "does not start with a header", None),
        (b'"ittid,name\n1,A\n', "does not start with a header", None),
        (b"ittid,name,name\n1,A,B\n", "more than one column 'name'", None),
        (b"ittid,name\n1,A\n2\n3,C\n", "row 2: it has 1 cells; 2 cells are wanted", 2),
        (b"ittid,name\n1,A\n2,B,C\n", "row 2: it has 3 cells; 2 cells are wanted", 2),
        (b"ittid,name\n1,A\n\n3,C\n", "row 2: it is empty", 2),
        (b'ittid,name\n1,A "B" C\n', "row 1: a quote", 1),
        (b'ittid,name\n1,"A"B\n', "row 1: a quote", 1),
        (b'ittid,name\n1,A\n2,"B\n3,C\n', "row 2: a quote", 2),
        (b"ittid,name\n1,A\rB\n", "row 1: a quote or a carriage return", 1),
        (b"ittid,name\r1,A\r2,B\r", "does not start with a header", None),
        ("ittid,name\n1,Hôtel\n".encode("latin-1"), r"neither Parquet nor text in UTF-8: byte 14 \(line 2\)", None),
        ("ittid,name\n1,A\n".encode("utf-16"), "neither Parquet nor text in UTF-8", None),
        (b"PK\x03\x04\xff\xfe", "neither Parquet nor text in UTF-8", None),
        (b"PAR1 and no more PAR1", "cannot be read", None),
    ],
)
def test_a_file_that_is_not_whole_is_told(duck: str, hotels: Path, content: bytes, said: str, row: int | None) -> None:
    hotels.write_bytes(content)

    with pytest.raises(LoadError, match=said) as caught:
        load(duck, hotels)

    assert (caught.value.file, caught.value.row) == (str(hotels), row)
    assert "\n" not in str(caught.value)
    assert [path.name for path in hotels.parents[1].iterdir()] == ["files"]


def test_a_file_that_is_not_there_is_told(duck: str, hotels: Path) -> None:
    with pytest.raises(LoadError, match=r"hotels.csv cannot be read: No such file"):
        load(duck, hotels)


def test_a_folder_is_no_file(duck: str, hotels: Path) -> None:
    with pytest.raises(LoadError, match="cannot be read: Is a directory"):
        load(duck, hotels.parent)


def test_rows_that_polars_would_not_see_are_told(hotels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    csv_of(hotels, [["ittid", "name"], ["1", "A"], ["2", "B"]])
    monkeypatch.setattr("polars.read_csv", lambda *_, **__: pl.DataFrame({"ittid": ["1"], "name": ["A"]}))

    with pytest.raises(LoadError, match="2 rows but 1 were read"):
        read_flat_file(hotels)
