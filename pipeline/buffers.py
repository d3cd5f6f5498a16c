"""The bytes of columns, as Arrow has them: no Python object a value."""

import importlib
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

_END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"
"""Arrow's IPC streaming format: a continuation without anything."""


def text_bytes(texts: pl.Series) -> "pa.Buffer":
    """The UTF-8 bytes of all texts one after another, as a buffer that pickles; no NULLs in.

    Memory: one copy, Arrow's (Polars keeps texts as views).
    """
    data, bounds = _data_and_bounds(_array(texts))
    return data.slice(bounds[0], bounds[-1] - bounds[0])


class Plain(NamedTuple):
    """Texts as their UTF-8 bytes, one after another."""

    data: "npt.NDArray[np.uint8]"
    bounds: "npt.NDArray[np.int64]"
    """Where each begins, and where the last one ends."""


def plain_texts(texts: pl.Series) -> Plain:
    """The bytes of texts; what a NULL has means nothing. Memory: as ``text_bytes``."""
    data, bounds = _data_and_bounds(_array(texts))
    return Plain(np.frombuffer(data, np.uint8), bounds)


def texts_of_size(texts: "npt.NDArray[Any]") -> pl.Series:
    """Texts that all have as many bytes as an item of the array, as a column. Memory: views of the array's."""
    pa, size = _pyarrow(), texts.itemsize
    bounds = np.arange(0, texts.nbytes + 1, size)
    array = pa.Array.from_buffers(pa.large_string(), len(texts), [None, pa.py_buffer(bounds), pa.py_buffer(texts)])
    return _frame({"": array}).to_series()


def _array(column: pl.Series) -> "pa.Array":
    """A column as Arrow has it. Of a frame: a Series holds the interpreter's lock while its bytes are copied."""
    (array,) = _arrays(column.to_frame())
    return array


def _arrays(frame: pl.DataFrame) -> "list[pa.Array]":
    """Columns as Arrow has them, all at once."""
    table = frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    return [column.chunk(0) for column in table.columns]


def _frame(arrays: "Mapping[str, pa.Array]") -> pl.DataFrame:
    """Arrow's columns as a frame, all in one batch: for an array alone, Polars imports much of pyarrow (50 ms)."""
    return pl.DataFrame(_pyarrow().record_batch([*arrays.values()], [*arrays]))


def _data_and_bounds(texts: "pa.Array") -> "tuple[pa.Buffer, npt.NDArray[np.int64]]":
    """The bytes of an array of texts, and where in them each begins, and where the last one ends."""
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int64)[texts.offset :][: len(texts) + 1] if offsets else np.zeros(1, np.int64)
    return data or _pyarrow().py_buffer(b""), bounds


def regrouped(texts: pl.DataFrame, bounds: pl.Series) -> pl.DataFrame:
    """Neighbouring texts as one, in every column: of each two bounds, all that stand between; no NULLs in.

    Memory: as ``text_bytes``.
    """
    at = bounds.to_numpy()
    return _frame({name: _regrouped(array, at) for name, array in zip(texts.columns, _arrays(texts), strict=True)})


def _regrouped(array: "pa.Array", bounds: "npt.NDArray[np.int64]") -> "pa.Array":
    pa = _pyarrow()
    data, starts = _data_and_bounds(array)
    return pa.Array.from_buffers(pa.large_string(), len(bounds) - 1, [None, pa.py_buffer(starts[bounds]), data])


def lists(values: pl.Series, bounds: pl.Series) -> pl.Series:
    """Lists of neighbouring values: of each two bounds, all that stand between."""
    return pl.Series(values.name, _pyarrow().LargeListArray.from_arrays(_array(bounds), _array(values)))


def messages(rows: pl.DataFrame, heights: Iterable[int]) -> "Iterator[pa.Buffer]":
    """So many rows after so many, each run a message of Arrow IPC without its schema, which stands in none."""
    # The oldest way has offsets into texts of these rows alone; newer ones would take along whole buffers.
    (batch,) = rows.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()
    pool, first = _pyarrow().system_memory_pool(), 0  # Arrow's own keeps 25 MB for good
    for height in heights:
        yield batch.slice(first, height).serialize(memory_pool=pool) if height else b""
        first += height


def frame_of_messages(empty: pl.DataFrame, of_rows: Iterable[bytes]) -> pl.DataFrame:
    """The rows of messages, one after another, as a frame like an empty one."""
    schema = empty.to_arrow(compat_level=pl.CompatLevel.oldest()).schema.serialize()
    return pl.read_ipc_stream(io.BytesIO(b"".join([schema, *of_rows, _END_OF_STREAM])))


def _pyarrow() -> Any:  # noqa: ANN401 - it has no types of its own
    """Imported when the first bytes are wanted: it weighs 25 MB, and whoever only counts needs none of it."""
    return importlib.import_module("pyarrow")
