"""The bytes of columns, as Arrow has them: no Python object a value."""

from typing import Any

import polars as pl


def text_bytes(texts: pl.Series) -> memoryview:
    """The UTF-8 bytes of all texts one after another; no NULLs in.

    Memory: one copy, Arrow's (Polars keeps texts as views).
    """
    return _text(texts.to_arrow())


def text_buffers(texts: pl.DataFrame) -> dict[str, memoryview]:
    """The bytes of text columns, as ``text_bytes`` gives them, by name."""
    return {name: _text(_whole(column)) for name, column in _columns(texts)}


def integer_buffers(integers: pl.DataFrame) -> dict[str, memoryview]:
    """The bytes of columns of 64-bit integers, little-endian, by name; no NULLs in."""
    return {name: _integers(_whole(column)) for name, column in _columns(integers)}


def _columns(frame: pl.DataFrame) -> list[tuple[str, Any]]:
    table = frame.rechunk().to_arrow()
    return list(zip(table.column_names, table.columns, strict=True))


def _whole(column: Any) -> Any:  # noqa: ANN401 - pyarrow has no types of its own
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _text(array: Any) -> memoryview:  # noqa: ANN401
    offsets, data = array.buffers()[1:3]
    if not len(array) or data is None:
        return memoryview(b"")
    first, last = (memoryview(offsets).cast("q")[index] for index in (array.offset, array.offset + len(array)))
    return memoryview(data)[first:last]


def _integers(array: Any) -> memoryview:  # noqa: ANN401
    data = memoryview(array.buffers()[1] or b"")
    return data[array.offset * 8 : (array.offset + len(array)) * 8]
