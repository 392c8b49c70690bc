"""A live session with what came before it: asked for, paid for within a limit, shown, and never in the way."""

import asyncio
import os
import shutil
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from engines.view import BarRow, ViewRequest
from feeds.databento.history import History
from feeds.instrument import Instrument
from feeds.records import F_LAST, MBO, Batch, Provenance, Schema
from feeds.states import FeedChange, FeedItem, FeedState, Following
from qmo_tui.errors import QmoError
from qmo_tui.paths import history_folder
from qmo_tui.session.event_log import EventLog
from qmo_tui.session.history_warm_up import HistoryWarmUp
from qmo_tui.session.live import LiveSession
from qmo_tui.session.preparing import load_engines
from qmo_tui.session.sources import LiveFeed, history_of, key_of
from qmo_tui.settings import Settings, load
from tests.counterparts.databento_history import CONTRACT, INSTRUMENT, DatabentoHistory, Error, Fault
from tests.feeds.databento.history.conftest import DAY, END, HOUR, KEY, NOW, SECOND, asking, two_weeks
from tests.qmo_tui.cockpit.running import seat

pytestmark = [
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'auth' parameter:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

MINUTE = 60 * SECOND
THIS_MINUTE = NOW // MINUTE * MINUTE
"""14:30 UTC, 09:30 in New York, half a minute before now."""
GC = Instrument(CONTRACT, INSTRUMENT, tick=SECOND // 10, multiplier=100.0, dataset="GLBX.MDP3")
FOLLOWING = Following(GC, "GC.v.0", Schema.MBO)


@pytest.fixture(autouse=True, scope="module")
def engines_are_ready() -> None:
    """Load what is loaded in threads, so that no test waits for it; the client changes what is done with warnings."""
    load_engines()
    with warnings.catch_warnings():
        import_module("databento")


@pytest.fixture
def databento() -> Iterator[DatabentoHistory]:
    """Databento's history, up to now."""
    with DatabentoHistory(KEY, two_weeks(), NOW) as counterpart:
        yield counterpart


class Line:
    """A source that delivers what it is handed, until the session is closed."""

    name = "databento"

    def __init__(self) -> None:
        self._items: asyncio.Queue[FeedItem] = asyncio.Queue()

    def bring(self, *items: FeedItem) -> None:
        for item in items:
            self._items.put_nowait(item)

    async def items(self) -> AsyncGenerator[FeedItem]:
        while True:
            yield await self._items.get()

    async def close(self) -> None:
        pass


def traded(*moments: int, ticks: int = 42_100) -> Batch:
    """Return a purchase of one lot at each moment."""
    records = np.zeros(len(moments), MBO)
    records["length"], records["rtype"] = MBO.itemsize // 4, 160
    records["instrument_id"], records["ts_event"], records["ts_recv"] = INSTRUMENT, moments, moments
    records["action"], records["side"], records["flags"] = ord("T"), ord("B"), F_LAST
    records["price"], records["size"], records["order_id"] = ticks * GC.tick, 1, range(1, len(moments) + 1)
    return Batch(Schema.MBO, records, Provenance.LIVE)


@dataclass
class Live:
    """A session that runs in a test, its source, and what was told."""

    session: LiveSession
    line: Line
    told: list[str] = field(default_factory=list)

    def bars(self, interval: str = "1m", most: int = 4) -> tuple[BarRow, ...]:
        return self.session.view(ViewRequest(interval=interval, bars=most)).bars

    def notes(self, interval: str = "1m") -> tuple[str, ...]:
        self.bars(interval)
        return self.session.notes

    def has_history(self) -> bool:
        return any("history to" in note for note in self.notes())

    def has_heard(self, records: int) -> Callable[[], bool]:
        return lambda: self.session.view(ViewRequest()).sequence == records


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in several tasks and threads
            await asyncio.sleep(0.002)


@asynccontextmanager
async def live(
    history: History | None, *, log: EventLog | None = None, hint_seconds: float = 3_600
) -> AsyncIterator[Live]:
    """Run a session with a history until the block ends; nothing of it may be left then."""
    line, told = Line(), list[str]()
    warm_up = None
    if history is not None:
        warm_up = HistoryWarmUp(history, tell=told.append, wall_clock=lambda: NOW, hint_seconds=hint_seconds)
    session = LiveSession(line, Settings(), log=log, warm_up=warm_up, remarks=told, wall_clock=lambda: NOW)
    others = asyncio.all_tasks()
    running = asyncio.create_task(session.run())
    try:
        yield Live(session, line, told)
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert session.error is None
    assert asyncio.all_tasks() == others


# ------------------------------------------------------------------------------------------------- what is shown


async def test_what_came_before_stands_before_what_is_live(databento: DatabentoHistory, tmp_path: Path) -> None:
    async with live(asking(databento, tmp_path)) as one:
        one.line.bring(FOLLOWING, traded(NOW, NOW + SECOND), traded(NOW + MINUTE))
        await until(one.has_history)
        await until(lambda: len(one.bars("1s")) == 3)

        assert [(bar.start - THIS_MINUTE) // MINUTE for bar in one.bars()] == [-2, -1, 0, 1]
        assert [(bar.volume, bar.buy) for bar in one.bars()[2:]] == [(2, 2), (1, 1)]
        for bar in one.bars()[:2]:
            assert (bar.buy, bar.sell, bar.none, bar.trades, bar.cvd, bar.complete) == (*[None] * 5, True)
        assert one.notes()[0] == "history to 09:30"


async def test_the_cost_is_told_before_anything_is_bought(databento: DatabentoHistory, tmp_path: Path) -> None:
    databento.faults["timeseries.get_range"] = [Fault.HANG]
    async with live(asking(databento, tmp_path)) as one:
        one.line.bring(FOLLOWING)
        await until(lambda: databento.calls("timeseries.get_range"))
        assert one.told == ["history of GCZ6 (definition, ohlcv-1h, ohlcv-1m): 7,531 records for $0.0848, limit $1.00"]


async def test_every_interval_ends_with_the_last_bar_that_history_has_whole(
    databento: DatabentoHistory, tmp_path: Path
) -> None:
    async with live(asking(databento, tmp_path)) as one:
        one.line.bring(FOLLOWING, traded(NOW))
        await until(one.has_history)
        await until(lambda: one.bars("1s"))
        newest = {interval: one.bars(interval)[-2:] for interval in ("1m", "5m", "15m", "1h")}
        for interval, (past, now) in newest.items():
            assert (past.buy, now.buy) == (None, 1), interval
        assert {interval: (now.start - past.start) // MINUTE for interval, (past, now) in newest.items()} == {
            "1m": 1,
            "5m": 5,
            "15m": 15,
            "1h": 60,
        }
        assert one.notes("15m")[0] == "history to 09:30"
        assert one.notes("1h")[0] == "history to 09:00"


async def test_the_bar_in_which_the_session_began_is_historys_where_it_is_whole(
    databento: DatabentoHistory, tmp_path: Path
) -> None:
    async with live(asking(databento, tmp_path)) as one:
        one.line.bring(FOLLOWING, traded(THIS_MINUTE - 5 * SECOND, THIS_MINUTE + SECOND))
        await until(one.has_history)
        await until(lambda: len(one.bars("1s")) == 2)
        assert [(bar.start - THIS_MINUTE) // MINUTE for bar in one.bars(most=2)] == [-1, 0]
        assert [bar.buy for bar in one.bars(most=2)] == [None, 1]


async def test_a_time_that_neither_knows_is_left_out_and_said(databento: DatabentoHistory, tmp_path: Path) -> None:
    databento.end = databento.told_end = END
    async with live(asking(databento, tmp_path)) as one:
        one.line.bring(FOLLOWING, traded(NOW))
        await until(one.has_history)
        await until(lambda: one.bars("1s"))
        past, now = one.bars(most=2)
        assert (past.start, now.start) == (THIS_MINUTE - DAY - MINUTE, THIS_MINUTE)
        assert one.notes()[0] == "history to 2026-11-17 09:30, live from 09:30"
        cost, end = one.told
        assert cost.endswith("records for $0.0683, limit $1.00")
        assert end.startswith("definition, ohlcv-1h, ohlcv-1m: the account's history ends 2026-11-17 14:30 UTC")


async def test_events_are_those_of_the_live_records_alone(databento: DatabentoHistory, tmp_path: Path) -> None:
    async def digest(history: History | None) -> str:
        with EventLog(tmp_path / f"{history is None}.jsonl") as log:
            async with live(history, log=log) as one:
                one.line.bring(FOLLOWING, traded(NOW, NOW + SECOND))
                await until(lambda: len(one.bars("1s")) == 2)
                await until(lambda: history is None or one.has_history())
                one.line.bring(traded(NOW + MINUTE, NOW + HOUR))
                await until(one.has_heard(4))
        assert log.counts["bar"] > 0
        return log.digest.hexdigest()

    assert await digest(asking(databento, tmp_path)) == await digest(None)


async def test_a_stand_in_price_stands_alone(databento: DatabentoHistory, tmp_path: Path) -> None:
    async with live(asking(databento, tmp_path)) as one:
        one.line.bring(FOLLOWING, traded(NOW))
        await until(one.has_history)
        one.line.bring(FeedChange(FeedState.CONTEXT, "yahoo GC=F", "delayed", NOW))
        await until(lambda: one.session.line.state is FeedState.CONTEXT)
        assert one.bars() == ()
        assert not one.has_history()


async def test_another_contract_has_another_history(databento: DatabentoHistory, tmp_path: Path) -> None:
    async with live(asking(databento, tmp_path)) as one:
        one.line.bring(FOLLOWING)
        await until(one.has_history)
        one.line.bring(Following(replace(GC, symbol="GCG7", instrument_id=77), "GC.v.0", Schema.MBO))
        await until(lambda: one.told[-1] == "no history of GCG7: GLBX.MDP3 has no GCG7 on 2026-11-18: check the symbol")
        assert one.bars() == ()


async def test_another_schema_of_the_same_contract_keeps_it_and_asks_for_nothing(
    databento: DatabentoHistory, tmp_path: Path
) -> None:
    async with live(asking(databento, tmp_path)) as one:
        one.line.bring(FOLLOWING)
        await until(one.has_history)
        asked = len(databento.asked)
        one.line.bring(replace(FOLLOWING, schema=Schema.TRADES), FeedChange(FeedState.LIVE, "trades", "", NOW))
        await until(lambda: one.session.line.state is FeedState.LIVE)
        assert one.has_history()
        assert len(databento.asked) == asked


async def test_the_screen_shows_history_before_the_first_live_record(
    databento: DatabentoHistory, tmp_path: Path
) -> None:
    async with live(asking(databento, tmp_path)) as one, seat(desk=one.session) as seated:  # type: ignore[arg-type]
        assert "no bar yet" in seated.text("chart")
        one.line.bring(FOLLOWING)
        await until(one.has_history)
        await seated.frame()
        assert "no bar yet" not in seated.text("chart")
        assert "09:20" in seated.text("chart")
        assert "history to 09:30" in seated.text("notice")
        assert "vol --" in seated.text("status")


# ------------------------------------------------------------------------------------------------- what is paid


async def test_above_the_limit_nothing_is_bought_and_the_setting_is_named(
    databento: DatabentoHistory, tmp_path: Path
) -> None:
    async with live(asking(databento, tmp_path, cost_limit=0.05)) as one:
        one.line.bring(FOLLOWING)
        await until(lambda: one.told)
        assert one.told == [
            "history of GCZ6 not bought: 7,531 records for $0.0848; raise history.cost_limit ($0.0500) to allow it"
        ]
    assert databento.calls("timeseries.get_range") == []


async def test_without_a_limit_the_cost_is_a_hint_that_goes_away(databento: DatabentoHistory, tmp_path: Path) -> None:
    hint = "history of GCZ6 not bought: 7,531 records for $0.0848; raise history.cost_limit ($0.0000) to allow it"
    async with live(asking(databento, tmp_path, cost_limit=0.0)) as one:
        one.line.bring(FOLLOWING)
        await until(lambda: one.notes() == (hint,))
        assert one.told == []
    async with live(asking(databento, tmp_path, cost_limit=0.0), hint_seconds=0.05) as one:
        one.line.bring(FOLLOWING)
        await until(lambda: one.notes() == (hint,))
        await until(lambda: one.notes() == ())
    assert databento.calls("timeseries.get_range") == []


async def test_without_a_limit_what_goes_wrong_is_a_hint_too(databento: DatabentoHistory, tmp_path: Path) -> None:
    databento.faults["metadata.get_cost"] = [Error(403, message="No.")]
    async with live(asking(databento, tmp_path, cost_limit=0.0)) as one:
        one.line.bring(FOLLOWING)
        await until(lambda: "no history of GCZ6: the account may not see this" in "".join(one.notes()))
        assert one.told == []


async def test_what_was_bought_before_costs_nothing_and_is_shown_whatever_the_limit(
    databento: DatabentoHistory, tmp_path: Path
) -> None:
    async with live(asking(databento, tmp_path)) as one:
        one.line.bring(FOLLOWING)
        await until(one.has_history)
        bars = one.bars(most=500)
    bought = len(databento.calls("timeseries.get_range"))
    async with live(asking(databento, tmp_path, cost_limit=0.0)) as again:
        again.line.bring(FOLLOWING)
        await until(again.has_history)
        assert again.bars(most=500) == bars
        assert again.notes() == ("history to 09:30",)
    async with live(asking(databento, tmp_path, cost_limit=0.0, minute_days=6)) as more:
        more.line.bring(FOLLOWING)
        await until(more.has_history)
        assert more.bars(most=500) == bars
        assert "not bought: 1,440 records" in more.notes()[1]
    assert len(databento.calls("timeseries.get_range")) == bought


async def test_the_limit_holds_for_all_contracts_of_a_session(databento: DatabentoHistory, tmp_path: Path) -> None:
    async with live(asking(databento, tmp_path, cost_limit=0.1)) as one:
        one.line.bring(FOLLOWING)
        await until(one.has_history)
        shutil.rmtree(tmp_path / "history")
        one.line.bring(replace(FOLLOWING, instrument=replace(GC, source="settings")))
        await until(lambda: len(one.told) == 2)
        assert one.told[1].endswith("$0.0848; raise history.cost_limit ($0.1000, $0.0848 spent) to allow it")


# ------------------------------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("call", "fault", "words"),
    [
        ("metadata.get_dataset_range", Error(401), "Databento does not accept the API key: check DATABENTO_API_KEY"),
        ("metadata.get_cost", Error(402, message="Pay."), "Databento asks for payment first: 402 some_case Pay."),
        ("metadata.get_cost", Error(403, message="No."), "the account may not see this: 403 some_case No."),
        ("metadata.get_cost", Fault.GARBAGE, "the answer of Databento's history cannot be read"),
        ("symbology.resolve", Fault.CUT, "Databento's history cannot be reached: is this machine online?"),
        ("timeseries.get_range", Fault.CUT, "the data of Databento's history broke off before their end"),
        ("timeseries.get_range", Fault.GARBAGE, "the answer of Databento's history cannot be read"),
        ("timeseries.get_range", Fault.HALF, "the answer of Databento's history cannot be read"),
        ("timeseries.get_range", Fault.STALL, "the data of Databento's history broke off before their end"),
    ],
    ids=["key", "payment", "licence", "no-json", "no-answer", "cut", "no-dbn", "half", "stalled"],
)
async def test_what_goes_wrong_is_one_remark_and_the_session_goes_on(
    databento: DatabentoHistory, tmp_path: Path, call: str, fault: Fault | Error, words: str
) -> None:
    databento.faults[call] = [fault]
    async with live(asking(databento, tmp_path)) as one:
        one.line.bring(FOLLOWING, traded(NOW))
        await until(lambda: any("no history" in text for text in one.told))
        (problem,) = (text for text in one.told if "no history" in text)
        assert problem.startswith(f"no history of GCZ6: {words}")
        assert KEY not in problem
        one.line.bring(traded(NOW + SECOND))
        await until(one.has_heard(2))
        assert not one.has_history()


async def test_nobody_there_is_one_remark(databento: DatabentoHistory, tmp_path: Path) -> None:
    databento.url = "http://127.0.0.1:1"
    async with live(asking(databento, tmp_path)) as one:
        one.line.bring(FOLLOWING)
        await until(lambda: one.told)
        assert one.told == ["no history of GCZ6: Databento's history cannot be reached: is this machine online?"]


async def test_another_tick_than_the_live_one_is_one_remark(databento: DatabentoHistory, tmp_path: Path) -> None:
    databento.stock[Schema.DEFINITION]["min_price_increment"] = SECOND // 4
    async with live(asking(databento, tmp_path)) as one:
        one.line.bring(FOLLOWING)
        await until(lambda: len(one.told) == 2)
        assert one.told[1] == "no history of GCZ6: history defines GCZ6 with tick 0.25, the live feed with 0.1"
        assert one.bars() == ()


@pytest.mark.parametrize("call", ["metadata.get_dataset_range", "timeseries.get_range"])
async def test_a_server_that_hangs_holds_up_neither_the_market_nor_the_end(
    databento: DatabentoHistory, tmp_path: Path, call: str
) -> None:
    databento.faults[call] = [Fault.HANG]
    async with live(asking(databento, tmp_path)) as one:
        one.line.bring(FOLLOWING)
        await until(lambda: databento.calls(call))
        one.line.bring(traded(NOW))
        await until(one.has_heard(1))
    files = [name for _, _, names in os.walk(tmp_path) for name in names]
    assert not [name for name in files if not name.startswith(("capital-", "journal"))]


# ------------------------------------------------------------------------------------------------- as it is wired


def test_settings_say_what_is_bought_for_how_much(home: Path) -> None:
    assert Settings().history.cost_limit == 0
    flags = {"history.cost_limit": 2.5, "history.minute_days": 3, "history.hour_days": 60}
    settings = load(flags=flags, environment={}).settings
    environment = {"DATABENTO_API_KEY": KEY, "QMO_DATABENTO_HISTORICAL_URL": "http://127.0.0.1:9"}
    history = history_of(settings, key_of(environment), environment)
    assert history is not None
    options = history.options
    assert (options.cost_limit, options.minute_days, options.hour_days) == (2.5, 3, 60)
    assert (options.cache_folder, options.dataset, options.api.base_url) == (
        history_folder(),
        "GLBX.MDP3",
        "http://127.0.0.1:9",
    )
    assert history_folder() == home / "cache" / "history"


def test_a_key_for_a_gateway_of_ones_own_is_not_shown_to_databento() -> None:
    gateway = {"DATABENTO_API_KEY": KEY, "QMO_DATABENTO_GATEWAY": "127.0.0.1:9"}
    assert LiveFeed(Settings(), environment=gateway).warm_up is None
    both = gateway | {"QMO_DATABENTO_HISTORICAL_URL": "http://127.0.0.1:9"}
    assert LiveFeed(Settings(), environment=both).warm_up is not None
    assert LiveFeed(Settings(), environment={"DATABENTO_API_KEY": KEY}).warm_up is not None


@pytest.mark.parametrize("address", ["hist.databento.com", "http://hist.databento.com", "ftp://127.0.0.1"])
def test_an_address_that_cannot_be_is_refused_at_once(address: str) -> None:
    environment = {"DATABENTO_API_KEY": KEY, "QMO_DATABENTO_HISTORICAL_URL": address}
    with pytest.raises(QmoError, match="QMO_DATABENTO_HISTORICAL_URL"):
        LiveFeed(Settings(), environment=environment)


def test_yahoo_alone_has_no_history() -> None:
    settings = load(flags={"feed.source": "yahoo"}, environment={}).settings
    assert LiveFeed(settings, environment={}).warm_up is None
