"""Compile every kernel, or load it from the cache, before the first record matters."""

from typing import Final

import numpy as np

from engines.compiled import alone
from engines.pipeline import Pipeline
from engines.view import ViewRequest
from feeds.instrument import Instrument
from feeds.records import ACTION_ADD, ACTION_TRADE, F_LAST, MBO, MBP_10, SIDE_BID, Batch, Schema

_MINUTE_NS: Final = np.uint64(60_000_000_000)


def warm_up() -> None:
    """Run records of orders and of levels through pipelines of their own; lesser schemas are read as levels."""
    with alone():
        for schema, layout in ((Schema.MBO, MBO), (Schema.MBP_10, MBP_10)):
            _run(schema, layout)


def _run(schema: Schema, layout: "np.dtype[np.void]") -> None:
    records = np.zeros(3, layout)
    records["ts_event"] = records["ts_recv"] = _MINUTE_NS * np.arange(1, 4)  # so that a bar closes and one is open
    records["action"] = [ACTION_ADD, ACTION_TRADE, ACTION_TRADE]
    records["side"] = SIDE_BID
    records["size"] = 1
    records["flags"] = F_LAST
    pipeline = Pipeline(Instrument("", 0, tick=1, multiplier=1.0))
    pipeline.process(Batch(schema, records))
    pipeline.view(ViewRequest(bars=1, profile=True, flow=True, footprints=1))
    pipeline.finish()
