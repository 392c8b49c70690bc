"""Records of DBN versions 1 and 2 as version 3, field by field; order flow is the same in all of them."""

from typing import Final

import numpy as np
import numpy.typing as npt

from feeds.records import (
    DEFINITION,
    STATISTICS,
    UNDEFINED_INT32,
    UNDEFINED_PRICE,
    WORD_BYTES,
    Batch,
    Records,
    Schema,
    layout_of,
)

_NEWEST: Final = {Schema.DEFINITION: DEFINITION, Schema.STATISTICS: STATISTICS}
"""Layouts of the schemas that version 3 changed."""
_UNDEFINED_QUANTITY: Final = 2**63 - 1
_DEFINED_BY_NOTHING: Final = {"leg_price": UNDEFINED_PRICE, "leg_delta": UNDEFINED_PRICE}
"""Fields of a version 3 definition that earlier versions cannot fill, where zero would mean something."""
_NO_CODE: Final = ord("N")


def as_newest(batch: Batch) -> Records:
    """Return a batch's records in the layout of version 3 and without send times; its own where nothing changes."""
    records = batch.records
    target = _NEWEST.get(batch.schema) or _without_send_time(records)
    if records.dtype == target:
        return records
    made = np.zeros(len(records), target)
    for name in target.names or ():
        if name in (records.dtype.names or ()):
            made[name] = records[name]
    if batch.schema is Schema.STATISTICS:
        made["quantity"] = _widened(records["quantity"])
    if batch.schema is Schema.DEFINITION and "leg_price" not in (records.dtype.names or ()):
        for name, value in _DEFINED_BY_NOTHING.items():
            made[name] = value
        made["leg_side"] = _NO_CODE
    made["length"] = target.itemsize // WORD_BYTES
    return made


def _without_send_time(records: Records) -> np.dtype[np.void]:
    if "ts_out" not in (records.dtype.names or ()):
        return records.dtype
    plain = layout_of(int(records["rtype"][0]), records.dtype.itemsize - 8)
    return records.dtype if plain is None else plain


def _widened(quantity: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Return quantities as 64-bit numbers; an undefined one stays undefined."""
    wide = quantity.astype(np.int64)
    if quantity.dtype.itemsize < wide.dtype.itemsize:
        wide[quantity == UNDEFINED_INT32] = _UNDEFINED_QUANTITY
    return wide
