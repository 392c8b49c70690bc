"""Trades and one-minute bars as wire records: what the schemas trades and ohlcv-1m say of richer ones."""

from typing import Final

import numpy as np
import numpy.typing as npt

from feeds.records import (
    ACTION_TRADE,
    BAR_SECONDS,
    F_MBP,
    F_SNAPSHOT,
    F_TOP_OF_BOOK,
    OHLCV,
    SIDE_ASK,
    SIDE_BID,
    SIDE_NONE,
    TRADE,
    UNDEFINED_PRICE,
    UNDEFINED_TIME,
    WORD_BYTES,
    Records,
    Schema,
)

_TRADES_RTYPE: Final = 0
_MINUTES_RTYPE: Final = 33
_MINUTE_NS: Final = np.uint64(BAR_SECONDS[Schema.OHLCV_1M] * 1_000_000_000)
_NO_NEWS: Final = F_SNAPSHOT | F_TOP_OF_BOOK | F_MBP
_KEPT: Final = (
    "publisher_id",
    "instrument_id",
    "ts_event",
    "price",
    "size",
    "flags",
    "ts_recv",
    "ts_in_delta",
    "sequence",
)


def trades_of(records: Records) -> Records:
    """Return the trades among records that have actions (mbo, mbp-10, mbp-1, tbbo, trades), as TRADE records.

    A T that only repeats old news (a snapshot's), or names no price or size, is none.
    """
    told = (records["action"] == ACTION_TRADE) & (records["flags"] & _NO_NEWS == 0)
    found = records[told & (records["price"] != UNDEFINED_PRICE) & (records["size"] > 0)]
    trades = np.zeros(len(found), TRADE)
    trades["length"], trades["rtype"] = TRADE.itemsize // WORD_BYTES, _TRADES_RTYPE
    trades["action"] = ACTION_TRADE
    trades["side"] = np.where(np.isin(found["side"], (SIDE_BID, SIDE_ASK)), found["side"], SIDE_NONE)
    for name in _KEPT:
        trades[name] = found[name]
    return trades


class MinuteBars:
    """Builds the bars of ohlcv-1m from trades of any number of instruments; minutes without a trade have none.

    A trade belongs to the minute it was captured in, or that it happened in where the capture time is unknown.
    """

    def __init__(self) -> None:
        self._bars: dict[tuple[int, int], Records] = {}
        """By start of the minute and instrument id: a bar is open until the end, since captures may come late."""

    def take(self, trades: Records) -> None:
        """Take TRADE records."""
        if not len(trades):
            return
        known = trades["ts_recv"] != UNDEFINED_TIME
        minutes = np.where(known, trades["ts_recv"], trades["ts_event"]) // _MINUTE_NS * _MINUTE_NS
        order = np.lexsort((trades["instrument_id"], minutes))  # stable: trades of one bar keep their order
        minutes, trades = minutes[order], trades[order]
        new = (np.diff(minutes) != 0) | (np.diff(trades["instrument_id"]) != 0)
        firsts = np.concatenate([[0], np.flatnonzero(new) + 1])
        for bar in _bars(minutes, trades, firsts):
            self._merge(bar)

    def _merge(self, bar: Records) -> None:
        key = int(bar["ts_event"][0]), int(bar["instrument_id"][0])
        begun = self._bars.setdefault(key, bar)
        if begun is not bar:
            begun["high"], begun["low"] = max(begun["high"], bar["high"]), min(begun["low"], bar["low"])
            begun["close"] = bar["close"]
            begun["volume"] += bar["volume"]

    def bars(self) -> Records:
        """Return the OHLCV records so far, by minute, then by instrument id."""
        if not self._bars:
            return np.zeros(0, OHLCV)
        return np.concatenate([self._bars[key] for key in sorted(self._bars)])


def _bars(minutes: npt.NDArray[np.uint64], trades: Records, firsts: npt.NDArray[np.intp]) -> list[Records]:
    """Return one OHLCV record, as an array, for each run of trades that begins at one of `firsts`."""
    lasts = np.concatenate([firsts[1:], [len(trades)]]) - 1
    bars = np.zeros(len(firsts), OHLCV)
    bars["length"], bars["rtype"] = OHLCV.itemsize // WORD_BYTES, _MINUTES_RTYPE
    bars["publisher_id"], bars["instrument_id"] = trades["publisher_id"][firsts], trades["instrument_id"][firsts]
    bars["ts_event"] = minutes[firsts]
    bars["open"], bars["close"] = trades["price"][firsts], trades["price"][lasts]
    bars["high"] = np.maximum.reduceat(trades["price"], firsts)
    bars["low"] = np.minimum.reduceat(trades["price"], firsts)
    bars["volume"] = np.add.reduceat(trades["size"].astype(np.uint64), firsts)
    return [bars[number : number + 1] for number in range(len(bars))]
