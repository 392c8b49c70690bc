"""Rows as machine words and as tuples: NumPy takes a structured array field by field, several times as slowly.

Rows are contiguous, and their size is a multiple of eight bytes.
"""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engines.book.layout import RecordArray

_WORD_BYTES: Final = np.uint64().itemsize


def words_of(rows: RecordArray) -> npt.NDArray[np.uint64]:
    """Return a view of rows of shape (rows, words)."""
    return np.ndarray((len(rows), rows.itemsize // _WORD_BYTES), np.uint64, rows)


def copied(rows: RecordArray) -> RecordArray:
    """Return a copy of rows."""
    return np.ndarray(len(rows), rows.dtype, words_of(rows).copy())


def chosen(rows: RecordArray, wanted: npt.NDArray[np.bool_]) -> RecordArray:
    """Return a copy of the rows that are wanted, in their order."""
    words = words_of(rows).compress(wanted, axis=0)
    return np.ndarray(len(words), rows.dtype, words)


def tuples_of(rows: RecordArray, fields: Iterable[str] | None = None) -> Iterable[tuple[Any, ...]]:
    """Yield some fields of each row, or all of them, as Python's numbers."""
    names = rows.dtype.names or () if fields is None else fields
    return zip(*[rows[name].tolist() for name in names], strict=True)
