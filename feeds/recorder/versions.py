"""Which records may stand under a header: those of its DBN version, with send times or all without."""

from typing import Final

from feeds.dbn.metadata import Metadata
from feeds.records import (
    DEFINITION,
    DEFINITION_V1,
    DEFINITION_V2,
    ERROR,
    ERROR_V1,
    SCHEMA_OF_RTYPE,
    STATISTICS,
    STATISTICS_V1,
    SYMBOL_MAPPING,
    SYMBOL_MAPPING_V1,
    SYSTEM,
    SYSTEM_V1,
    TS_OUT_BYTES,
    WORD_BYTES,
    Batch,
    Schema,
)

_CHANGED: Final = {
    19: (DEFINITION_V1, DEFINITION_V2, DEFINITION),
    21: (ERROR_V1, ERROR, ERROR),
    22: (SYMBOL_MAPPING_V1, SYMBOL_MAPPING, SYMBOL_MAPPING),
    23: (SYSTEM_V1, SYSTEM, SYSTEM),
    24: (STATISTICS_V1, STATISTICS_V1, STATISTICS),
}
"""Layouts of versions 1, 2 and 3 of the record types that changed; all others are the same in every version."""


def belongs(batch: Batch, metadata: Metadata) -> bool:
    """Whether the records of a batch have the layout that the header's version gives their type.

    A type that this program does not know is taken as it is.
    """
    if not len(batch):
        return True
    rtype = int(batch.records["rtype"][0])
    layouts = _CHANGED.get(rtype)
    if layouts is None:
        return batch.schema is not Schema.UNKNOWN or rtype not in SCHEMA_OF_RTYPE
    size = layouts[metadata.version - 1].itemsize + (TS_OUT_BYTES if metadata.ts_out else 0)
    return int(batch.records["length"][0]) * WORD_BYTES == size
