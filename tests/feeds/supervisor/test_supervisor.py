"""What a trader is told, and what still flows, when sources fail."""

from dataclasses import replace
from itertools import groupby

import pytest

from feeds.errors import CannotConnect, KeyRefused, NotEntitled, UnknownSymbol
from feeds.instrument import Instrument
from feeds.records import Batch, Provenance, Schema
from feeds.states import ContextQuote, FeedState, Following, Gap
from feeds.supervisor import BreakerOptions, Supervisor, SupervisorOptions
from feeds.supervisor.watch import BOOK
from tests.feeds.supervisor.scripted import (
    DOWN,
    QUOTE,
    RENEWING,
    UP,
    Bring,
    End,
    Factory,
    Say,
    Seen,
    Step,
    Wait,
    beating,
    watch,
)

LIVE, STALE, DEGRADED = FeedState.LIVE, FeedState.STALE, FeedState.DEGRADED
CONTEXT, RECONNECTING, CONNECTING, CLOSED = (
    FeedState.CONTEXT,
    FeedState.RECONNECTING,
    FeedState.CONNECTING,
    FeedState.CLOSED,
)
OPTIONS = SupervisorOptions()
CONTRACT = Following(Instrument("GCZ6", 1, 100_000_000, 100.0), "GC.v.0", Schema.MBO)


def databento(*scripts: list[Step]) -> Factory:
    return Factory("databento mbo", *([Say(CONNECTING, "asking"), *script] for script in scripts))


def yahoo(*steps: Step) -> Factory:
    return Factory("yahoo GC=F", [Say(CONTEXT, "delayed 10 min"), QUOTE, *steps])


def states(seen: Seen) -> list[FeedState]:
    """Each state once, however often its reason changed."""
    return [state for state, _ in groupby(state for _, state in seen.changes)]


# --- while all is well


def test_a_source_that_is_well_is_live_at_once_and_its_items_pass_unchanged_and_in_order() -> None:
    seen = watch(databento([CONTRACT, UP, *beating(30)]), yahoo(), seconds=25)
    assert seen.changes == [(0.0, CONNECTING), (0.0, LIVE), (25.0, CLOSED)]
    assert seen.of(Following) == [0.0]
    assert len(seen.batches) == 25
    assert {batch.provenance for batch in seen.batches} == {Provenance.LIVE}


def test_the_context_is_not_even_asked_while_the_primary_is_well() -> None:
    context = yahoo()
    watch(databento([UP, *beating(100)]), context, seconds=90)
    assert context.made == []


# --- outages


def test_after_an_outage_the_stream_must_be_stable_before_it_is_called_live_and_flows_meanwhile() -> None:
    seen = watch(databento([UP, *beating(5), DOWN, Wait(3), UP, *beating(30)]), seconds=30)
    assert seen.changes == [
        (0.0, CONNECTING),
        (0.0, LIVE),
        (5.0, RECONNECTING),
        (8.0, RECONNECTING),
        (18.0, LIVE),
        (30.0, CLOSED),
    ]
    assert "stable for 10 s" in seen.reasons[3]
    assert len([at for at in seen.of(Batch) if 8.0 <= at < 18.0]) == 10


def test_one_packet_is_no_stable_stream() -> None:
    flapping: list[Step] = [step for _ in range(20) for step in (UP, Bring(), Wait(4), DOWN, Wait(1))]
    seen = watch(databento([UP, *beating(5), *flapping]), seconds=60)
    assert LIVE not in states(seen)[2:]


def test_a_first_connection_that_fails_for_a_while_is_reconnecting_until_it_has_come_and_then_live() -> None:
    seen = watch(databento([DOWN, Wait(1), DOWN, Wait(1), UP, *beating(9)]), seconds=9)
    assert states(seen) == [CONNECTING, RECONNECTING, LIVE, CLOSED]


def test_a_long_outage_brings_the_context_and_its_items_are_marked() -> None:
    bars = Bring(Schema.OHLCV_1M, provenance=Provenance.LIVE)
    context = Factory("yahoo GC=F", [Say(CONNECTING), Wait(1), Say(CONTEXT, "delayed"), QUOTE, bars])
    seen = watch(databento([UP, *beating(5), DOWN]), context, seconds=40)
    assert seen.changes == [
        (0.0, CONNECTING),
        (0.0, LIVE),
        (5.0, RECONNECTING),
        (26.0, CONTEXT),
        (40.0, CLOSED),
    ]
    assert seen.of(ContextQuote) == [26.0]
    assert [batch.provenance for batch in seen.batches] == [Provenance.LIVE] * 5 + [Provenance.CONTEXT]
    assert "order flow is out: the line broke" in seen.reasons[3]


def test_the_context_goes_only_when_the_primary_has_proved_itself() -> None:
    context = yahoo(*(step for _ in range(60) for step in (Wait(1.0), QUOTE)))
    seen = watch(databento([UP, Bring(), DOWN, Wait(30), UP, *beating(40)]), context, seconds=60)
    assert seen.changes == [
        (0.0, CONNECTING),
        (0.0, LIVE),
        (0.0, RECONNECTING),
        (20.0, CONTEXT),
        (30.0, RECONNECTING),
        (40.0, LIVE),
        (60.0, CLOSED),
    ]
    assert max(seen.of(ContextQuote)) <= 40.0
    assert not context.made[0].is_open


def test_a_context_that_has_nothing_to_give_stands_in_for_nothing() -> None:
    context = Factory("yahoo GC=F", [Say(CONNECTING), Wait(5), Say(RECONNECTING, "no answer")])
    seen = watch(databento([DOWN]), context, seconds=60)
    assert CONTEXT not in states(seen)


def test_a_context_that_ends_is_begun_again_after_a_while() -> None:
    context = Factory("yahoo GC=F", [QUOTE, Wait(1), End()], [Say(CONTEXT, "delayed"), QUOTE])
    seen = watch(databento([DOWN]), context, seconds=60)
    assert states(seen)[-4:] == [CONTEXT, RECONNECTING, CONTEXT, CLOSED]
    assert len(context.made) == 2


def test_a_context_never_names_a_contract_or_a_gap() -> None:
    context = yahoo(CONTRACT, Gap(None, "cut"))
    seen = watch(databento([DOWN]), context, seconds=30)
    assert seen.of(Following) == []
    assert seen.of(Gap) == []


# --- the breaker

STORM = [step for _ in range(3) for step in (DOWN, Wait(1))]
FRAGILE = replace(OPTIONS, breaker=BreakerOptions(failures=3, window_seconds=60, open_seconds=10))


def test_a_source_that_fails_too_often_is_left_alone_and_then_tried_once() -> None:
    factory = databento([UP, *beating(2), *STORM], [Wait(1), DOWN, Wait(100)], [UP, *beating(90)])
    seen = watch(factory, options=FRAGILE, seconds=100)
    assert len(factory.made) == 3
    assert sum("left alone" in reason for reason in seen.reasons) == 2
    assert states(seen)[-2:] == [LIVE, CLOSED]


def test_fresh_sessions_that_a_source_begins_by_itself_are_no_failures() -> None:
    renewals = [step for _ in range(5) for step in (RENEWING, Wait(1), UP, Wait(1))]
    factory = databento([UP, *beating(2), *renewals, *beating(30)])
    seen = watch(factory, options=FRAGILE, seconds=30)
    assert len(factory.made) == 1
    assert not any("left alone" in reason for reason in seen.reasons)


def test_what_a_source_brought_before_it_was_left_alone_still_comes_and_its_end_is_a_gap() -> None:
    factory = databento([UP, *beating(2), *STORM], [UP, *beating(30)])
    seen = watch(factory, options=FRAGILE, seconds=40)
    assert len(seen.of(Gap)) == 1
    assert len([at for at in seen.of(Batch) if at < seen.of(Gap)[0]]) == 2


def test_a_source_that_ends_by_itself_is_begun_again_with_a_gap_between() -> None:
    factory = databento([UP, *beating(3), End()], [UP, *beating(30)])
    seen = watch(factory, seconds=30)
    assert len(factory.made) == 2
    assert len(seen.of(Gap)) == 1
    assert states(seen) == [CONNECTING, LIVE, RECONNECTING, LIVE, CLOSED]


def test_a_gap_that_the_source_has_told_itself_is_not_told_again() -> None:
    factory = databento([UP, Bring(), Gap(None, "cut"), CannotConnect("nobody there")], [UP, *beating(9)])
    assert watch(factory, seconds=9).of(Gap) == [0.0]


# --- fatal ends


@pytest.mark.parametrize(
    "error", [KeyRefused("bad key"), UnknownSymbol("no GX.v.0")], ids=lambda error: type(error).__name__
)
def test_what_cannot_be_got_over_ends_the_stream_with_its_own_error(error: Exception) -> None:
    seen = watch(databento([Wait(1), error]), yahoo(), seconds=60)
    assert seen.error is error


def test_a_defect_of_a_source_is_raised() -> None:
    assert isinstance(watch(databento([UP, ZeroDivisionError()]), seconds=60).error, ZeroDivisionError)


def test_an_account_that_may_see_nothing_ends_the_stream_unless_a_context_stands_in() -> None:
    error = NotEntitled("nothing for you")
    assert watch(databento([error]), seconds=60).error is error
    seen = watch(databento([error]), yahoo(), seconds=60)
    assert seen.error is None
    assert seen.changes[-2][1] is CONTEXT
    assert seen.changes[-2][0] < 1.0
    assert "nothing for you" in seen.reasons[-2]


def test_an_account_that_may_see_nothing_is_asked_again_later() -> None:
    factory = databento([NotEntitled("not yet")], [UP, *beating(60)])
    seen = watch(factory, yahoo(), replace(OPTIONS, unentitled_seconds=60), seconds=90)
    assert len(factory.made) == 2
    assert states(seen)[-2:] == [LIVE, CLOSED]


def test_whoever_does_not_want_to_wait_can_have_it_tried_at_once() -> None:
    factory = databento([NotEntitled("not yet")], [UP, *beating(60)])
    seen = watch(factory, yahoo(), seconds=120, meanwhile={50.0: Supervisor.retry})
    assert len(factory.made) == 2
    assert states(seen)[-2:] == [LIVE, CLOSED]
    factory = databento([UP, *STORM], [UP, *beating(30)])
    seen = watch(factory, options=replace(FRAGILE, stable_seconds=1), seconds=7, meanwhile={3.0: Supervisor.retry})
    assert states(seen)[-2:] == [LIVE, CLOSED]


def test_a_primary_that_runs_is_tried_from_the_top() -> None:
    factory = databento([UP, *beating(60)])
    watch(factory, seconds=9, meanwhile={5.0: Supervisor.retry})
    assert factory.made[0].renewed == ["asked to try again"]


# --- staleness


def test_silence_in_open_trading_is_stale_and_ends_with_the_next_record() -> None:
    seen = watch(databento([CONTRACT, UP, *beating(5), Wait(25), *beating(5)]), seconds=34)
    assert seen.changes == [(0.0, CONNECTING), (0.0, LIVE), (24.25, STALE), (30.0, LIVE), (34.0, CLOSED)]


def test_a_line_that_never_brings_the_schema_it_follows_is_stale() -> None:
    seen = watch(databento([CONTRACT, UP]), seconds=30)
    assert states(seen) == [CONNECTING, LIVE, STALE, CLOSED]


def test_silence_while_the_market_is_closed_is_not_stale() -> None:
    seen = watch(databento([CONTRACT, UP, *beating(5)]), seconds=60, is_trading=lambda _: False)
    assert states(seen) == [CONNECTING, LIVE, CLOSED]


def test_trades_may_pause_where_orders_may_not() -> None:
    options = replace(OPTIONS, quiet_seconds={Schema.MBO: 2.0, Schema.TRADES: 30.0})
    busy: list[Step] = [Bring(Schema.TRADES), *beating(29)]
    assert STALE not in states(watch(databento([UP, *busy]), options=options, seconds=29))
    quiet: list[Step] = [Bring(Schema.TRADES), *beating(40)]
    seen = watch(databento([UP, *quiet]), options=options, seconds=40)
    assert STALE in states(seen)
    assert "no trades record" in seen.reasons[-2]


# --- degraded


def test_a_lower_rung_is_degraded_for_as_long_as_it_lasts() -> None:
    seen = watch(databento([Say(DEGRADED, "mbp-10 instead of mbo"), *beating(30, Schema.MBP_10)]), seconds=25)
    assert states(seen) == [CONNECTING, DEGRADED, CLOSED]
    assert seen.reasons[1] == "mbp-10 instead of mbo"


def test_records_that_come_late_are_degraded_at_once_and_live_after_a_while() -> None:
    seen = watch(databento([UP, *beating(5), *beating(3, age=4.0), *beating(40)]), seconds=40)
    assert states(seen) == [CONNECTING, LIVE, DEGRADED, LIVE, CLOSED]
    assert seen.changes[2][0] == 5.0
    assert 17.0 <= seen.changes[3][0] <= 18.0


def test_what_the_consumer_reports_is_degraded_until_it_takes_it_back() -> None:
    def lag(supervisor: Supervisor) -> None:
        supervisor.report("lag", "the engines are behind")

    def caught_up(supervisor: Supervisor) -> None:
        supervisor.report("lag", None)

    seen = watch(databento([UP, *beating(30)]), seconds=30, meanwhile={5.5: lag, 12.5: caught_up})
    assert seen.changes == [(0.0, CONNECTING), (0.0, LIVE), (5.5, DEGRADED), (17.5, LIVE), (30.0, CLOSED)]


def test_a_book_that_stays_doubtful_is_asked_for_anew() -> None:
    def doubt(supervisor: Supervisor) -> None:
        supervisor.report(BOOK, "the book is suspect: 3 unknown orders")

    factory = databento([UP, *beating(30)])
    watch(factory, seconds=8, meanwhile={5.1: doubt})
    assert factory.made[0].renewed == []
    factory = databento([UP, *beating(30)])
    watch(factory, seconds=9, meanwhile={5.1: doubt})
    assert factory.made[0].renewed == ["the book is suspect: 3 unknown orders"]


def test_a_state_that_flickers_is_not_said_every_time() -> None:
    flicker: list[Step] = [step for _ in range(20) for step in (Say(DEGRADED, "slow"), Bring(), Wait(1), UP, Wait(1))]
    seen = watch(databento([UP, *flicker]), seconds=40)
    assert states(seen) == [CONNECTING, LIVE, DEGRADED, CLOSED]
