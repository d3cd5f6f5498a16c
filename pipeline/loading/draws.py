"""Random draws as integer arithmetic on a column: the same for a row whatever batch, machine or Polars it meets.

A frame of draws has ``index``, the number of a hotel, and ``key``, 64 random bits that are the row's own.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from zlib import crc32

import polars as pl

_BITS = 2**64 - 1
_GOLDEN = 0x9E3779B97F4A7C15
_ROUNDS = ((0xBF58476D1CE4E5B9, 0x2545F491), (0x94D049BB133111EB, 0x1B873593), (0xD6E8FEB86659FD93, 0x85EBCA6B))

Choice = str | int | None
"""Something to choose from a list."""
ChoiceT = TypeVar("ChoiceT", str, int, str | None)


def number(value: int) -> pl.Expr:
    """An unsigned 64-bit literal; arithmetic with it wraps around."""
    return pl.lit(value & _BITS, dtype=pl.UInt64)


def mixed(bits: pl.Expr) -> pl.Expr:
    """Sixty-four other bits, each of them hanging on all that came in: the finaliser of splitmix64."""
    first = (bits ^ (bits // number(2**30))) * number(0xBF58476D1CE4E5B9)
    second = (first ^ (first // number(2**27))) * number(0x94D049BB133111EB)
    return second ^ (second // number(2**31))


def keyed(seed: int, *parts: pl.Expr) -> pl.Expr:
    """A key of its own for each combination of the parts, which are small non-negative integers."""
    key = number(seed * _GOLDEN)
    for part in parts:
        key = mixed(key + (part.cast(pl.UInt64) + number(1)) * number(_GOLDEN))
    return key


def draw(name: str, key: str = "key") -> pl.Expr:
    """Sixty-four random bits, independent of the draws of other names."""
    return mixed(pl.col(key) ^ number(crc32(name.encode()) * _GOLDEN))


def below(limit: int, name: str, key: str = "key") -> pl.Expr:
    """A whole number from 0 up to but not including the limit."""
    return draw(name, key) % number(limit)


def one_in(chances: int, name: str, key: str = "key") -> pl.Expr:
    """Whether it happens, once in so many times."""
    return below(chances, name, key) == 0


def pick(values: Sequence[Choice], name: str, key: str = "key") -> pl.Expr:
    """One of the values; one that stands there twice comes twice as often."""
    return at(values, below(len(values), name, key))


def at(values: Sequence[Choice], position: pl.Expr) -> pl.Expr:
    """The value at a position of the list, counted round and round."""
    return pl.lit(pl.Series(values)).gather(position.cast(pl.UInt64) % number(len(values)))


def weighted(weights: Mapping[ChoiceT, int]) -> tuple[ChoiceT, ...]:
    """Each value as often as its weight says, in a list to pick from."""
    return tuple(value for value, weight in weights.items() for _ in range(weight))


def shuffled(position: pl.Expr, bits: int, seed: int, name: str) -> pl.Expr:
    """A permutation of the whole numbers below 2**bits: each round is one, so together they are."""
    mask, half = number(2**bits - 1), number(2 ** max(1, bits // 2))
    start = crc32(name.encode()) ^ (seed * _GOLDEN)
    value = position.cast(pl.UInt64)
    for odd, constant in _ROUNDS:
        value = (value * number(odd) + number(start * constant)) & mask
        value = value ^ (value // half)
    return value
