"""Listings as files: CSV for spreadsheets, Parquet for notebooks; whole, or not at all."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from qmo_tui.errors import QmoError
from qmo_tui.journal.listing import Kind, Listing


def write_csv(found: Listing, path: Path) -> None:
    """Write a listing as CSV, over a file of the same name; unknown is an empty cell, flags are 1 and 0.

    Raises:
        QmoError: It cannot be written.
    """

    def write(to: Path) -> None:
        with to.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(column.name for column in found.columns)
            for row in found.rows:
                lines.writerow(_plain(row[column.name]) for column in found.columns)

    write_whole(path, "--csv", write)


def write_parquet(found: Listing, path: Path) -> None:
    """Write a listing as Parquet, over a file of the same name; times are whole nanoseconds UTC, unknown is null.

    Raises:
        QmoError: It cannot be written.
    """
    import pyarrow as pa  # noqa: PLC0415 - only where somebody wants a file of it
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    types: Final[Mapping[Kind, Any]] = MappingProxyType(
        {"text": pa.string(), "time": pa.int64(), "count": pa.int64(), "flag": pa.bool_()}
    )
    schema = pa.schema([(column.name, types.get(column.kind, pa.float64())) for column in found.columns])
    table = pa.Table.from_pylist(list(found.rows), schema=schema)
    write_whole(path, "--parquet", lambda to: pq.write_table(table, to))


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def write_whole(path: Path, option: str, write: Callable[[Path], object]) -> None:
    """Have `write` write a file beside, and put it in the place of `path` once it is whole.

    Raises:
        QmoError: It cannot be written; `option` asked for it.
    """
    beside = path.with_name(f"{path.name}.partial")
    try:
        write(beside)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise QmoError(f"{option} {path}: {error.strerror}; give a file in a folder that can be written to") from error
