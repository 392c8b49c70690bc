"""Compile every kernel, or load it from the cache, before the first record matters."""

from typing import Final

import numpy as np

from engines.book.layout import MINUTE_NS
from engines.compiled import alone
from engines.pipeline import Pipeline
from engines.view import ViewRequest
from engines.zones.memory_watch import Watch
from engines.zones.memory_zone import Zone
from engines.zones.reposts import Reposts, SyntheticSettings
from engines.zones.reposts_layout import GROW_CLIPS
from feeds.instrument import Instrument
from feeds.records import ACTION_ADD, ACTION_TRADE, F_LAST, MBO, MBP_10, SIDE_BID, Batch, Schema

_ADDS: Final = 20_000
"""More orders than the books' first arrays hold, so that what grows them is run as well."""
_TICKS: Final = 8


def warm_up() -> None:
    """Run records of orders and of levels through pipelines of their own; lesser schemas are read as levels."""
    with alone():
        _run(Schema.MBO, MBO, _ADDS)
        _run(Schema.MBP_10, MBP_10, 1)
        _remember()
        Reposts(0, 1, SyntheticSettings()).make_room(GROW_CLIPS)


def _run(schema: Schema, layout: "np.dtype[np.void]", adds: int) -> None:
    """Let orders rest and two trades come, a minute apart each, so that a bar closes and one is open."""
    records = np.zeros(adds + 2, layout)
    minutes = np.ones(len(records), np.uint64)
    minutes[adds:] = 2, 3
    records["ts_event"] = records["ts_recv"] = MINUTE_NS * minutes
    records["action"] = ACTION_ADD
    records["action"][adds:] = ACTION_TRADE
    records["side"] = SIDE_BID
    records["size"] = 1
    records["flags"] = F_LAST
    if "order_id" in (layout.names or ()):
        records["order_id"] = np.arange(1, len(records) + 1)
    pipeline = Pipeline(Instrument("", 0, tick=1, multiplier=1.0))
    pipeline.process(Batch(schema, records))
    pipeline.view(ViewRequest(bars=2, profile=True, flow=True, footprints=2))
    pipeline.finish()


def _remember() -> None:
    """Watch a zone, and forget it again."""
    watch = Watch(None)
    watch.lay_out(Zone(1, "bid", 0, _TICKS, 1.0, ["iceberg"], 0, 0, 0), 1)
    watch.rearm()
    watch.fail_touches(1)
    watch.let_go(1)
    watch.look_out()
