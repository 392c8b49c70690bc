"""The wire layouts, against the ones Databento's own library declares."""

import re
from typing import Any

import databento_dbn
import numpy as np
import pytest

from feeds import records
from feeds.records import SCHEMA_OF_RTYPE, Schema, layout_of, opaque_layout

dbn: Any = databento_dbn  # the types it states leave out what older versions hold

_SDK = {
    "MBO": dbn.MBOMsg,
    "TRADE": dbn.TradeMsg,
    "MBP_1": dbn.MBP1Msg,
    "MBP_10": dbn.MBP10Msg,
    "BBO": dbn.BBOMsg,
    "CBBO": dbn.CBBOMsg,
    "CMBP_1": dbn.CMBP1Msg,
    "OHLCV": dbn.OHLCVMsg,
    "STATUS": dbn.StatusMsg,
    "STATISTICS_V1": dbn.v1.StatMsg,
    "STATISTICS": dbn.StatMsg,
    "IMBALANCE": dbn.ImbalanceMsg,
    "SYMBOL_MAPPING_V1": dbn.v1.SymbolMappingMsg,
    "SYMBOL_MAPPING": dbn.SymbolMappingMsg,
    "SYSTEM_V1": dbn.v1.SystemMsg,
    "SYSTEM": dbn.SystemMsg,
    "ERROR_V1": dbn.v1.ErrorMsg,
    "ERROR": dbn.ErrorMsg,
    "DEFINITION_V1": dbn.v1.InstrumentDefMsg,
    "DEFINITION_V2": dbn.v2.InstrumentDefMsg,
    "DEFINITION": dbn.InstrumentDefMsg,
}


def fields(layout: np.dtype[np.void]) -> dict[str, tuple[int, int]]:
    """Return where each field that means something stands, and how wide it is."""
    known = (layout.fields or {}).items()
    return {
        name: (place[1], place[0].itemsize) for name, place in known if not re.match(r"_?(reserved|dummy|pad)", name)
    }


@pytest.mark.parametrize("name", _SDK)
def test_layout_is_the_one_of_the_library(name: str) -> None:
    ours = getattr(records, name)
    theirs = np.dtype(list(_SDK[name]._dtypes))
    assert ours.itemsize == theirs.itemsize
    assert fields(ours) == fields(theirs)


def test_every_record_type_of_the_library_is_known() -> None:
    deprecated_bar = 17
    assert {int(rtype) for rtype in dbn.RType.variants()} - set(SCHEMA_OF_RTYPE) == {deprecated_bar}


def test_send_time_stands_behind_each_layout() -> None:
    layout = layout_of(160, 64, ts_out=True)
    assert layout is not None
    assert fields(layout)["ts_out"] == (56, 8)
    assert layout_of(160, 56, ts_out=True) is None
    assert layout_of(160, 64) is None


@pytest.mark.parametrize("size", [16, 20, 1020])
def test_unknown_kind_of_record_keeps_its_size(size: int) -> None:
    assert opaque_layout(size).itemsize == size


def test_schemas_have_the_names_of_the_library() -> None:
    pseudo = {"error", "symbol-mapping", "system", "unknown"}
    theirs = {str(schema) for schema in dbn.Schema.variants()}
    assert {str(schema) for schema in Schema} - pseudo == theirs
