"""Warm-up: what the engines want before the first live record, and what it costs."""

from pathlib import Path

from feeds.databento.history import History
from feeds.databento.history_cache import Request
from feeds.recording import Recording
from feeds.records import BAR_SECONDS, Schema
from tests.counterparts.databento_history import CONTINUOUS, CONTRACT, INSTRUMENT, DatabentoHistory
from tests.feeds.databento.history.conftest import DAY, END, HOUR, NOW, SECOND, asking

MINUTE = 60 * SECOND


def by_schema(requests: tuple[Request, ...]) -> dict[Schema, Request]:
    return {request.schema: request for request in requests}


async def test_the_engines_want_the_definition_and_bars_of_the_contract_alone(history: History) -> None:
    plan = await history.warm_up(CONTINUOUS, NOW)

    assert (plan.contract.raw_symbol, plan.contract.instrument_id) == (CONTRACT, INSTRUMENT)
    wanted = by_schema(plan.quote.requests)
    assert list(wanted) == [Schema.DEFINITION, Schema.OHLCV_1H, Schema.OHLCV_1M]
    assert {request.symbol for request in plan.quote.requests} == {CONTRACT}
    assert wanted[Schema.OHLCV_1H].start == NOW // HOUR * HOUR - 30 * DAY
    assert wanted[Schema.OHLCV_1M].start == NOW // MINUTE * MINUTE - 5 * DAY


async def test_only_whole_bars_that_the_account_may_have_are_wanted(history: History) -> None:
    plan = await history.warm_up(CONTINUOUS, NOW)

    for request in plan.quote.requests:
        assert request.end <= END
        if request.schema in BAR_SECONDS:
            assert request.end % (BAR_SECONDS[request.schema] * SECOND) == 0
    assert plan.quote.notes == (
        "definition, ohlcv-1h, ohlcv-1m: the account's history ends 2026-11-17 14:30 UTC; "
        "later needs a live licence, or has yet to come",
    )


async def test_with_a_live_licence_history_reaches_up_to_now(databento: DatabentoHistory, history: History) -> None:
    databento.end = databento.told_end = NOW

    plan = await history.warm_up(CONTINUOUS, NOW)

    assert by_schema(plan.quote.requests)[Schema.OHLCV_1M].end == NOW // MINUTE * MINUTE
    assert plan.quote.notes == ()


async def test_the_running_session_comes_along_where_it_is_asked_for(
    databento: DatabentoHistory, tmp_path: Path
) -> None:
    databento.end = databento.told_end = NOW
    history = asking(databento, tmp_path, flow=Schema.MBO)

    plan = await history.warm_up(CONTINUOUS, NOW, flow_since=NOW - 3 * HOUR)
    without = await history.warm_up(CONTINUOUS, NOW)

    flow = by_schema(plan.quote.requests)[Schema.MBO]
    assert (flow.start, flow.end) == (NOW - 3 * HOUR, NOW)
    assert Schema.MBO not in by_schema(without.quote.requests)


async def test_order_flow_past_the_licence_is_left_out_and_said(databento: DatabentoHistory, tmp_path: Path) -> None:
    plan = await asking(databento, tmp_path, flow=Schema.MBO).warm_up(CONTINUOUS, NOW, flow_since=END + HOUR)

    assert Schema.MBO not in by_schema(plan.quote.requests)
    assert "mbo: the account's history ends" in plan.quote.notes[0]


async def test_a_warm_up_plays_and_says_what_the_contract_is(history: History) -> None:
    plan = await history.warm_up(CONTINUOUS, NOW)
    fetched = await history.fetch(plan.quote)

    recording = Recording(fetched.files)
    contents = recording.contents()
    assert contents.defined[INSTRUMENT].tick_size == 0.1
    assert contents.defined[INSTRUMENT].multiplier == 100.0
    schemas = [batch.schema for batch in recording.batches()]
    assert schemas[0] is Schema.DEFINITION
    assert sum(len(batch) for batch in recording.batches()) == plan.quote.records


async def test_the_next_start_buys_only_what_is_new(databento: DatabentoHistory, history: History) -> None:
    plan = await history.warm_up(CONTINUOUS, NOW)
    await history.fetch(plan.quote)
    databento.end = databento.told_end = END + 2 * HOUR

    later = await history.warm_up(CONTINUOUS, NOW + 2 * HOUR)

    assert {price.request.schema: price.records for price in later.quote.prices} == {
        Schema.DEFINITION: 0,
        Schema.OHLCV_1H: 2,
        Schema.OHLCV_1M: 120,
    }
    assert later.quote.dollars < plan.quote.dollars / 10
