"""What is traded, as the exchange would announce it: definition, trading status, and the header that says DEMO."""

from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Final

import numpy as np

from feeds.dbn import Interval, Mapping, Metadata
from feeds.instrument import Instrument
from feeds.records import (
    DEFINITION,
    DEMO_DATASET,
    PRICE_SCALE,
    STATUS,
    UNDEFINED_INT32,
    UNDEFINED_PRICE,
    UNDEFINED_SIZE,
    WORD_BYTES,
    Records,
)

SYMBOL: Final = "GCZ6"
INSTRUMENT_ID: Final = 1
TICK: Final = PRICE_SCALE // 10
MULTIPLIER: Final = 100
EXPIRATION: Final = datetime(2026, 12, 29, 18, 30, tzinfo=UTC)
ACTIVATION: Final = datetime(2024, 12, 30, tzinfo=UTC)
_DEFINITION_RTYPE: Final = 19
_STATUS_RTYPE: Final = 18
_SCHEDULED: Final = 1
_SECOND_NS: Final = 1_000_000_000

CONTRACT: Final = Instrument(SYMBOL, INSTRUMENT_ID, TICK, float(MULTIPLIER), DEMO_DATASET)
"""Gold as COMEX lists it: tick 0.10, 100 troy ounces. Its dataset says that none of it was ever traded."""


class Status(IntEnum):
    """Trading status actions, by wire code."""

    PRE_OPEN = 1
    TRADING = 7
    CLOSE = 12


def metadata(start: int, end: int | None = None) -> Metadata:
    """Return the header of a simulated stream: several schemas, one contract, dataset `QMO.DEMO`."""
    first = datetime.fromtimestamp(start // _SECOND_NS, UTC).date()
    last = first if end is None else datetime.fromtimestamp(end // _SECOND_NS, UTC).date()
    interval = Interval(_date(first), _date(last + timedelta(days=1)), str(INSTRUMENT_ID))
    return Metadata(
        dataset=DEMO_DATASET,
        start=start,
        end=end,
        symbols=(SYMBOL,),
        mappings=(Mapping(SYMBOL, (interval,)),),
    )


def definition(ts: int) -> Records:
    """Return the definition record of the contract, as announced at a time (ns)."""
    record = np.zeros(1, DEFINITION)
    _set_header(record, _DEFINITION_RTYPE, ts)
    record["ts_recv"] = ts
    record["min_price_increment"] = TICK
    record["display_factor"] = PRICE_SCALE
    record["expiration"] = int(EXPIRATION.timestamp()) * _SECOND_NS
    record["activation"] = int(ACTIVATION.timestamp()) * _SECOND_NS
    record["unit_of_measure_qty"] = MULTIPLIER * PRICE_SCALE
    record["min_price_increment_amount"] = TICK * MULTIPLIER
    record["raw_instrument_id"] = INSTRUMENT_ID
    for name in ("high_limit_price", "low_limit_price", "max_price_variation", "price_ratio", "strike_price"):
        record[name] = UNDEFINED_PRICE
    for name in ("leg_price", "leg_delta"):
        record[name] = UNDEFINED_PRICE
    for name in ("contract_multiplier", "decay_quantity", "original_contract_size", "inst_attrib_value"):
        record[name] = UNDEFINED_INT32
    for name in ("market_depth", "market_depth_implied", "min_lot_size_block", "min_lot_size_round_lot"):
        record[name] = UNDEFINED_INT32
    record["max_trade_vol"] = UNDEFINED_SIZE
    record["min_trade_vol"] = 1
    record["min_lot_size"] = 1
    record["maturity_year"], record["maturity_month"] = EXPIRATION.year, EXPIRATION.month
    for name in ("maturity_day", "maturity_week"):
        record[name] = 255
    record["currency"] = record["settl_currency"] = b"USD"
    record["raw_symbol"], record["asset"], record["group"] = SYMBOL.encode(), b"GC", b"GC"
    record["exchange"], record["cfi"], record["security_type"] = b"XCEC", b"FXXXSX", b"FUT"
    record["unit_of_measure"] = b"TRYOZ"
    record["instrument_class"], record["match_algorithm"] = ord("F"), ord("F")
    record["security_update_action"], record["user_defined_instrument"] = ord("A"), ord("N")
    for name in ("main_fraction", "price_display_format", "sub_fraction", "underlying_product", "tick_rule"):
        record[name] = 255
    for name in ("leg_instrument_class", "leg_side"):
        record[name] = ord("N")
    return record


def status(ts: int, action: Status) -> Records:
    """Return a scheduled change of trading status at a time (ns)."""
    record = np.zeros(1, STATUS)
    _set_header(record, _STATUS_RTYPE, ts)
    record["ts_recv"] = ts
    record["action"] = action
    record["reason"] = _SCHEDULED
    record["is_trading"] = ord("Y" if action is Status.TRADING else "N")
    record["is_quoting"] = ord("N" if action is Status.CLOSE else "Y")
    record["is_short_sell_restricted"] = ord("~")
    return record


def _set_header(record: Records, rtype: int, ts: int) -> None:
    record["length"] = record.dtype.itemsize // WORD_BYTES
    record["rtype"] = rtype
    record["instrument_id"] = INSTRUMENT_ID
    record["ts_event"] = ts


def _date(day: "datetime | object") -> int:
    return int(f"{day:%Y%m%d}")
