"""The ground vocabulary: wire records of DBN as NumPy dtypes, their flags, actions and sides, and the `Batch`.

A record on the wire starts with a 16-byte header (`length` in 4-byte words, `rtype`, `publisher_id`, `instrument_id`,
`ts_event`) and is little-endian and packed, so a structured array views the received bytes without a copy, and
`array.tobytes()` is a valid record stream. Prices are integers of 1e-9 currency units, times are nanoseconds since
1970 UTC, sizes are lots. Characters (`action`, `side`) are kept as their ASCII code.

Layouts differ between DBN versions only for definitions, statistics, symbol mappings, system and error messages; the
order-flow records are the same in v1, v2 and v3.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from feeds.instrument import Instrument

Records: TypeAlias = npt.NDArray[np.void]
"""A one-dimensional structured array of wire records of one layout."""

PRICE_SCALE: Final = 1_000_000_000
"""Wire price units in one currency unit."""
UNDEFINED_PRICE: Final = 2**63 - 1
UNDEFINED_TIME: Final = 2**64 - 1
UNDEFINED_SIZE: Final = 2**32 - 1
UNDEFINED_INT32: Final = 2**31 - 1

HEADER_BYTES: Final = 16
WORD_BYTES: Final = 4
"""The header's `length` counts words of this many bytes."""
TS_OUT_BYTES: Final = 8
"""What each record grows by when the gateway appends its send time."""

# Flag bits of a record; always masked, since captures differ in the other bits.
F_LAST: Final = 128
"""Last record of the matching event for this instrument: the book may be read now."""
F_TOP_OF_BOOK: Final = 64
F_SNAPSHOT: Final = 32
F_MBP: Final = 16
F_BAD_TS_RECV: Final = 8
F_MAYBE_BAD_BOOK: Final = 4
"""An unrecoverable gap in the channel: the book is suspect until the next clear or snapshot."""

ACTION_ADD: Final = ord("A")
ACTION_CANCEL: Final = ord("C")
ACTION_MODIFY: Final = ord("M")
ACTION_CLEAR: Final = ord("R")
ACTION_TRADE: Final = ord("T")
"""One aggressor's trade summary; does not change the book."""
ACTION_FILL: Final = ord("F")
"""One passive order's fill; does not change the book."""
ACTION_NONE: Final = ord("N")

SIDE_BID: Final = ord("B")
"""Of a resting order: a bid. Of a trade: a buyer was the aggressor."""
SIDE_ASK: Final = ord("A")
SIDE_NONE: Final = ord("N")


DEMO_DATASET: Final = "QMO.DEMO"
"""Dataset code of simulated data, in every header: nothing in it was ever traded."""


class Provenance(StrEnum):
    """Where data comes from, and so what may be done with it."""

    LIVE = "live"
    REPLAY = "replay"
    DEMO = "demo"
    CONTEXT = "context"


class Schema(StrEnum):
    """A Databento schema, or the name of a kind of message that belongs to no schema."""

    MBO = "mbo"
    MBP_1 = "mbp-1"
    MBP_10 = "mbp-10"
    TBBO = "tbbo"
    TRADES = "trades"
    OHLCV_1S = "ohlcv-1s"
    OHLCV_1M = "ohlcv-1m"
    OHLCV_1H = "ohlcv-1h"
    OHLCV_1D = "ohlcv-1d"
    DEFINITION = "definition"
    STATISTICS = "statistics"
    STATUS = "status"
    IMBALANCE = "imbalance"
    OHLCV_EOD = "ohlcv-eod"
    CMBP_1 = "cmbp-1"
    CBBO_1S = "cbbo-1s"
    CBBO_1M = "cbbo-1m"
    TCBBO = "tcbbo"
    BBO_1S = "bbo-1s"
    BBO_1M = "bbo-1m"
    ERROR = "error"
    SYMBOL_MAPPING = "symbol-mapping"
    SYSTEM = "system"
    UNKNOWN = "unknown"
    """A record type this program does not know; kept whole, never interpreted."""


BAR_SECONDS: Final = {Schema.OHLCV_1S: 1, Schema.OHLCV_1M: 60, Schema.OHLCV_1H: 3_600, Schema.OHLCV_1D: 86_400}
"""Length of one bar of the bar schemas that are cut by the clock, in seconds."""


def _layout(fields: str) -> np.dtype[np.void]:
    """Build a packed dtype: the record header followed by `name:type` words."""
    header = "length:u1 rtype:u1 publisher_id:u2 instrument_id:u4 ts_event:u8"
    pairs = [word.split(":") for word in f"{header} {fields}".split()]
    return np.dtype([(name, kind if kind[0] == "S" else f"<{kind}") for name, kind in pairs])


def _book_levels(depth: int) -> str:
    sides = "bid_px_{0:02}:i8 ask_px_{0:02}:i8 bid_sz_{0:02}:u4 ask_sz_{0:02}:u4 bid_ct_{0:02}:u4 ask_ct_{0:02}:u4"
    return " ".join(sides.format(level) for level in range(depth))


_TRADE: Final = "price:i8 size:u4 action:u1 side:u1 flags:u1 depth:u1 ts_recv:u8 ts_in_delta:i4 sequence:u4"
_QUOTE: Final = "price:i8 size:u4 _reserved1:u1 side:u1 flags:u1 _reserved2:u1 ts_recv:u8"
_CONSOLIDATED_LEVEL: Final = (
    "bid_px_00:i8 ask_px_00:i8 bid_sz_00:u4 ask_sz_00:u4 bid_pb_00:u2 _reserved1_00:S2 ask_pb_00:u2 _reserved2_00:S2"
)

MBO: Final = _layout(
    "order_id:u8 price:i8 size:u4 flags:u1 channel_id:u1 action:u1 side:u1 ts_recv:u8 ts_in_delta:i4 sequence:u4"
)
TRADE: Final = _layout(_TRADE)
MBP_1: Final = _layout(f"{_TRADE} {_book_levels(1)}")
MBP_10: Final = _layout(f"{_TRADE} {_book_levels(10)}")
BBO: Final = _layout(f"{_QUOTE} _reserved3:S4 sequence:u4 {_book_levels(1)}")
CBBO: Final = _layout(f"{_QUOTE} _reserved3:S8 {_CONSOLIDATED_LEVEL}")
CMBP_1: Final = _layout(
    "price:i8 size:u4 action:u1 side:u1 flags:u1 _reserved1:S1 ts_recv:u8 ts_in_delta:i4 _reserved2:S4 "
    + _CONSOLIDATED_LEVEL
)
OHLCV: Final = _layout("open:i8 high:i8 low:i8 close:i8 volume:u8")
STATUS: Final = _layout(
    "ts_recv:u8 action:u2 reason:u2 trading_event:u2 is_trading:u1 is_quoting:u1 is_short_sell_restricted:u1 "
    "_reserved:S7"
)
STATISTICS_V1: Final = _layout(
    "ts_recv:u8 ts_ref:u8 price:i8 quantity:i4 sequence:u4 ts_in_delta:i4 stat_type:u2 channel_id:u2 "
    "update_action:u1 stat_flags:u1 _reserved:S6"
)
STATISTICS: Final = _layout(
    "ts_recv:u8 ts_ref:u8 price:i8 quantity:i8 sequence:u4 ts_in_delta:i4 stat_type:u2 channel_id:u2 "
    "update_action:u1 stat_flags:u1 _reserved:S18"
)
IMBALANCE: Final = _layout(
    "ts_recv:u8 ref_price:i8 auction_time:u8 cont_book_clr_price:i8 auct_interest_clr_price:i8 ssr_filling_price:i8 "
    "ind_match_price:i8 upper_collar:i8 lower_collar:i8 paired_qty:u4 total_imbalance_qty:u4 "
    "market_imbalance_qty:u4 unpaired_qty:u4 auction_type:u1 side:u1 auction_status:u1 freeze_status:u1 "
    "num_extensions:u1 unpaired_side:u1 significant_imbalance:u1 _reserved:S1"
)
SYMBOL_MAPPING_V1: Final = _layout("stype_in_symbol:S22 stype_out_symbol:S22 _dummy:S4 start_ts:u8 end_ts:u8")
SYMBOL_MAPPING: Final = _layout(
    "stype_in:u1 stype_in_symbol:S71 stype_out:u1 stype_out_symbol:S71 start_ts:u8 end_ts:u8"
)
SYSTEM_V1: Final = _layout("msg:S64")
SYSTEM: Final = _layout("msg:S303 code:u1")
ERROR_V1: Final = _layout("err:S64")
ERROR: Final = _layout("err:S302 code:u1 is_last:u1")

_DEFINITION_PRICES: Final = (
    "ts_recv:u8 min_price_increment:i8 display_factor:i8 expiration:u8 activation:u8 high_limit_price:i8 "
    "low_limit_price:i8 max_price_variation:i8"
)
_DEFINITION_TEXTS: Final = "cfi:S7 security_type:S7 unit_of_measure:S31 underlying:S21 strike_price_currency:S4"
_DEFINITION_END: Final = (
    "security_update_action:u1 maturity_month:u1 maturity_day:u1 maturity_week:u1 user_defined_instrument:u1 "
    "contract_multiplier_unit:i1 flow_schedule_type:i1 tick_rule:u1"
)
DEFINITION_V1: Final = _layout(
    f"{_DEFINITION_PRICES} trading_reference_price:i8 unit_of_measure_qty:i8 min_price_increment_amount:i8 "
    "price_ratio:i8 inst_attrib_value:i4 underlying_id:u4 raw_instrument_id:u4 market_depth_implied:i4 "
    "market_depth:i4 market_segment_id:u4 max_trade_vol:u4 min_lot_size:i4 min_lot_size_block:i4 "
    "min_lot_size_round_lot:i4 min_trade_vol:u4 _reserved2:S4 contract_multiplier:i4 decay_quantity:i4 "
    "original_contract_size:i4 _reserved3:S4 trading_reference_date:u2 appl_id:i2 maturity_year:u2 "
    "decay_start_date:u2 channel_id:u2 currency:S4 settl_currency:S4 secsubtype:S6 raw_symbol:S22 group:S21 "
    f"exchange:S5 asset:S7 {_DEFINITION_TEXTS} instrument_class:u1 _reserved4:S2 strike_price:i8 _reserved5:S6 "
    "match_algorithm:u1 md_security_trading_status:u1 main_fraction:u1 price_display_format:u1 settl_price_type:u1 "
    f"sub_fraction:u1 underlying_product:u1 {_DEFINITION_END} _dummy:S3"
)
DEFINITION_V2: Final = _layout(
    f"{_DEFINITION_PRICES} trading_reference_price:i8 unit_of_measure_qty:i8 min_price_increment_amount:i8 "
    "price_ratio:i8 strike_price:i8 inst_attrib_value:i4 underlying_id:u4 raw_instrument_id:u4 "
    "market_depth_implied:i4 market_depth:i4 market_segment_id:u4 max_trade_vol:u4 min_lot_size:i4 "
    "min_lot_size_block:i4 min_lot_size_round_lot:i4 min_trade_vol:u4 contract_multiplier:i4 decay_quantity:i4 "
    "original_contract_size:i4 trading_reference_date:u2 appl_id:i2 maturity_year:u2 decay_start_date:u2 "
    "channel_id:u2 currency:S4 settl_currency:S4 secsubtype:S6 raw_symbol:S71 group:S21 exchange:S5 asset:S7 "
    f"{_DEFINITION_TEXTS} instrument_class:u1 match_algorithm:u1 md_security_trading_status:u1 main_fraction:u1 "
    f"price_display_format:u1 settl_price_type:u1 sub_fraction:u1 underlying_product:u1 {_DEFINITION_END} "
    "_reserved:S10"
)
DEFINITION: Final = _layout(
    f"{_DEFINITION_PRICES} unit_of_measure_qty:i8 min_price_increment_amount:i8 price_ratio:i8 strike_price:i8 "
    "raw_instrument_id:u8 leg_price:i8 leg_delta:i8 inst_attrib_value:i4 underlying_id:u4 market_depth_implied:i4 "
    "market_depth:i4 market_segment_id:u4 max_trade_vol:u4 min_lot_size:i4 min_lot_size_block:i4 "
    "min_lot_size_round_lot:i4 min_trade_vol:u4 contract_multiplier:i4 decay_quantity:i4 original_contract_size:i4 "
    "leg_instrument_id:u4 leg_ratio_price_numerator:i4 leg_ratio_price_denominator:i4 leg_ratio_qty_numerator:i4 "
    "leg_ratio_qty_denominator:i4 leg_underlying_id:u4 appl_id:i2 maturity_year:u2 decay_start_date:u2 "
    "channel_id:u2 leg_count:u2 leg_index:u2 currency:S4 settl_currency:S4 secsubtype:S6 raw_symbol:S71 group:S21 "
    f"exchange:S5 asset:S11 {_DEFINITION_TEXTS} leg_raw_symbol:S71 instrument_class:u1 match_algorithm:u1 "
    f"main_fraction:u1 price_display_format:u1 sub_fraction:u1 underlying_product:u1 {_DEFINITION_END} "
    "leg_instrument_class:u1 leg_side:u1 _reserved:S17"
)

_LAYOUTS: Final = {
    160: (MBO,),
    0: (TRADE,),
    1: (MBP_1,),
    10: (MBP_10,),
    32: (OHLCV,),
    33: (OHLCV,),
    34: (OHLCV,),
    35: (OHLCV,),
    36: (OHLCV,),
    18: (STATUS,),
    19: (DEFINITION_V1, DEFINITION_V2, DEFINITION),
    20: (IMBALANCE,),
    21: (ERROR_V1, ERROR),
    22: (SYMBOL_MAPPING_V1, SYMBOL_MAPPING),
    23: (SYSTEM_V1, SYSTEM),
    24: (STATISTICS_V1, STATISTICS),
    177: (CMBP_1,),
    192: (CBBO,),
    193: (CBBO,),
    194: (CMBP_1,),
    195: (BBO,),
    196: (BBO,),
}
"""Every layout a record type has had, oldest version first; the size tells which one a record is."""

SCHEMA_OF_RTYPE: Final = {
    160: Schema.MBO,
    0: Schema.TRADES,
    1: Schema.MBP_1,
    10: Schema.MBP_10,
    32: Schema.OHLCV_1S,
    33: Schema.OHLCV_1M,
    34: Schema.OHLCV_1H,
    35: Schema.OHLCV_1D,
    36: Schema.OHLCV_EOD,
    18: Schema.STATUS,
    19: Schema.DEFINITION,
    20: Schema.IMBALANCE,
    21: Schema.ERROR,
    22: Schema.SYMBOL_MAPPING,
    23: Schema.SYSTEM,
    24: Schema.STATISTICS,
    177: Schema.CMBP_1,
    192: Schema.CBBO_1S,
    193: Schema.CBBO_1M,
    194: Schema.TCBBO,
    195: Schema.BBO_1S,
    196: Schema.BBO_1M,
}


def _with_send_time(layout: np.dtype[np.void]) -> np.dtype[np.void]:
    return np.dtype([*layout.descr, ("ts_out", "<u8")])


def _by_size(*, ts_out: bool) -> dict[tuple[int, int], np.dtype[np.void]]:
    """Map (rtype, bytes) to the layout that a record of that type and size has."""
    return {
        (rtype, wire.itemsize): wire
        for rtype, layouts in _LAYOUTS.items()
        for wire in (_with_send_time(layout) if ts_out else layout for layout in layouts)
    }


_PLAIN_LAYOUTS: Final = _by_size(ts_out=False)
_TS_OUT_LAYOUTS: Final = _by_size(ts_out=True)


def layout_of(rtype: int, size: int, *, ts_out: bool = False) -> np.dtype[np.void] | None:
    """Return the dtype of a record of this type and size in bytes, or None where the pair is unknown."""
    return (_TS_OUT_LAYOUTS if ts_out else _PLAIN_LAYOUTS).get((rtype, size))


def opaque_layout(size: int) -> np.dtype[np.void]:
    """Return a dtype for a record of unknown kind: its header is readable, its `size` bytes are kept."""
    header: list[tuple[str, Any]] = [
        ("length", "u1"),
        ("rtype", "u1"),
        ("publisher_id", "<u2"),
        ("instrument_id", "<u4"),
        ("ts_event", "<u8"),
    ]
    body = [("body", f"V{size - HEADER_BYTES}")] if size > HEADER_BYTES else []
    return np.dtype([*header, *body])


@dataclass(frozen=True, slots=True)
class Batch:
    """A run of records of one layout, in wire order, viewing the received bytes.

    `records` is a structured array that is never written to. Records of several instruments may stand in one batch;
    `instrument` is the one the source was asked for, where it knows.
    """

    schema: Schema
    records: Records
    provenance: Provenance = Provenance.REPLAY
    instrument: Instrument | None = field(default=None, compare=False)

    def __len__(self) -> int:
        """Count the records."""
        return len(self.records)

    def cut(self, start: int, stop: int) -> "Batch":
        """Return the records `start` to `stop` (exclusive) as a batch of their own."""
        return Batch(self.schema, self.records[start:stop], self.provenance, self.instrument)
