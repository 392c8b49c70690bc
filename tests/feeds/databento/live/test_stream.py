"""What one session's records mean, without a socket: times are given, and so is what was received."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from feeds.databento.access import BESIDE, LADDER, Rung
from feeds.databento.connection import Reading, Received
from feeds.databento.continuity import Continuity
from feeds.databento.contract import ContractFinder
from feeds.databento.gateway.messages import ErrorCode, SystemCode, error_message, system_message
from feeds.databento.stream import Denied, Failed, Fatal, Renew, SessionStream, StreamOptions
from feeds.errors import KeyRefused, NotEntitled, UnknownSymbol
from feeds.instrument import Instrument, InstrumentError
from feeds.records import (
    ACTION_CLEAR,
    F_BAD_TS_RECV,
    F_LAST,
    F_MAYBE_BAD_BOOK,
    F_SNAPSHOT,
    UNDEFINED_PRICE,
    Batch,
    Provenance,
    Records,
    Schema,
)
from feeds.states import FeedItem, FeedState, Following, Gap
from tests.feeds.databento.live.test_contract import GC, definition, mapping
from tests.feeds.streams import START, content, orders, statuses, trades

MBO, MBP_10, MBP_1 = LADDER
OPTIONS = StreamOptions()
RESTING = F_SNAPSHOT | F_BAD_TS_RECV
SETTINGS = Instrument("GC", 0, 100_000_000, 100.0, source="settings")


def snapshot(count: int, *, ends: bool = True) -> Records:
    """Return a clear and so many orders, of which the last one may say that it is the last."""
    records = orders(count + 1, flags=RESTING)
    records["action"][0], records["price"][0] = ACTION_CLEAR, UNDEFINED_PRICE
    if ends:
        records["flags"][-1] |= F_LAST
    return records


def mbo(records: Records) -> Batch:
    return Batch(Schema.MBO, records, Provenance.LIVE)


NAMED = Batch(Schema.SYMBOL_MAPPING, mapping())
DEFINED = Batch(Schema.DEFINITION, definition())


def error(text: str, code: ErrorCode = ErrorCode.INVALID_SUBSCRIPTION) -> Batch:
    return Batch(Schema.ERROR, error_message(text, code, 0))


def system(text: str, code: SystemCode) -> Batch:
    return Batch(Schema.SYSTEM, system_message(text, code, 0))


@dataclass
class Told:
    """A stream and everything it has handed on."""

    stream: SessionStream
    items: list[FeedItem] = field(default_factory=list)

    def take(self, *received: Received, now: float = 0.0) -> "Told":
        for one in received:
            self.items += self.stream.take(one, now)
        return self

    def tick(self, now: float) -> "Told":
        self.items += self.stream.tick(now)
        return self

    @property
    def flow(self) -> bytes:
        return content(item for item in self.items if isinstance(item, Batch) and item.schema is Schema.MBO)

    @property
    def gaps(self) -> list[Gap]:
        return [item for item in self.items if isinstance(item, Gap)]

    def state(self) -> FeedState:
        return self.stream.state[0]


def begun(
    rung: Rung = MBO,
    *,
    known: Instrument | None = None,
    contract_of: Callable[[str], Instrument | None] = lambda _: None,
    may_renew: Callable[[float], bool] = lambda _: True,
    shortfall: str = "",
    replayed: Iterable[Schema] = (),
    options: StreamOptions = OPTIONS,
) -> Told:
    return Told(
        SessionStream(
            rung,
            ContractFinder("GC.v.0", "GLBX.MDP3", known),
            Continuity(),
            options,
            asked="GC.v.0",
            asked_for=(rung.schema, *rung.also, *BESIDE),
            now=0.0,
            clock=lambda: START,
            contract_of=contract_of,
            may_renew=may_renew,
            shortfall=shortfall,
            replayed=replayed,
        )
    )


def live() -> Told:
    """Return a stream whose snapshot has come."""
    return begun().take(NAMED, DEFINED, mbo(snapshot(3)))


def after(count: int, **fields: object) -> Records:
    """Return order records that come after the snapshot."""
    return orders(count, order_id=np.arange(count) + 100, **fields)


# --- the contract comes first


def test_everything_waits_until_the_contract_is_known_and_then_comes_in_the_order_of_the_wire() -> None:
    told = begun().take(NAMED, Batch(Schema.STATUS, statuses(1)), mbo(snapshot(3)), mbo(after(2)))
    assert told.items == []
    told.take(DEFINED)
    assert told.items[0] == Following(GC, "GC.v.0", Schema.MBO)
    batches = [item for item in told.items if isinstance(item, Batch)]
    assert [batch.schema for batch in batches] == [
        Schema.SYMBOL_MAPPING,
        Schema.STATUS,
        Schema.MBO,
        Schema.MBO,
        Schema.DEFINITION,
    ]
    assert {batch.provenance for batch in batches} == {Provenance.LIVE}
    assert {batch.instrument for batch in batches} == {GC}


def test_a_contract_without_a_definition_is_taken_from_the_settings_after_a_while() -> None:
    told = begun(contract_of=lambda _: SETTINGS).take(NAMED, mbo(snapshot(3)), now=1.0)
    assert told.stream.deadline == 1.0 + OPTIONS.definition_seconds
    told.tick(5.9)
    assert told.items == []
    told.tick(6.0)
    assert isinstance(told.items[0], Following)
    assert told.items[0].instrument.symbol == "GCZ6"
    assert told.flow == snapshot(3).tobytes()


def test_a_definition_is_not_waited_for_while_the_market_piles_up() -> None:
    told = begun(contract_of=lambda _: SETTINGS, options=replace(OPTIONS, held_bytes=56 * 10)).take(NAMED)
    told.take(mbo(snapshot(3)))
    assert told.items == []
    told.take(mbo(after(20)))
    assert isinstance(told.items[0], Following)
    assert told.flow == snapshot(3).tobytes() + after(20).tobytes()


def test_a_contract_that_nobody_knows_is_an_error_that_says_what_to_do() -> None:
    told = begun().take(NAMED).tick(OPTIONS.definition_seconds)
    assert "definition of GCZ6" in told.stream.state[1]
    ending = told.tick(OPTIONS.unknown_seconds).stream.ending
    assert isinstance(ending, Fatal)
    assert isinstance(ending.error, InstrumentError)
    assert "[instruments.GC]" in str(ending.error)


def test_a_symbol_that_is_never_mapped_fails_the_session() -> None:
    told = begun().tick(OPTIONS.mapping_seconds)
    assert isinstance(told.stream.ending, Failed)


def test_a_symbol_that_moves_to_another_contract_within_the_session_begins_a_fresh_one() -> None:
    told = live().take(Batch(Schema.SYMBOL_MAPPING, mapping(8, raw="GCG7")))
    assert isinstance(told.stream.ending, Renew)


def test_what_still_waits_when_the_line_breaks_goes_out_if_the_contract_can_be_known_after_all() -> None:
    told = begun(contract_of=lambda _: SETTINGS).take(NAMED, mbo(snapshot(3)))
    told.items += told.stream.leave("cut", 1.0)
    assert told.flow == snapshot(3).tobytes()
    assert [type(item) for item in told.items] == [Following, Batch, Batch, Gap]
    assert begun().take(mbo(snapshot(3))).stream.leave("cut", 1.0) == []


# --- the snapshot


def test_the_book_is_live_when_its_snapshot_has_ended() -> None:
    told = begun().take(NAMED, DEFINED)
    assert told.state() is FeedState.CONNECTING
    told.take(mbo(snapshot(5)[:3]))
    assert told.state() is FeedState.CONNECTING
    told.take(mbo(snapshot(5)[3:]), now=2.0)
    assert told.state() is FeedState.LIVE
    assert told.stream.live_since == 2.0


def test_a_snapshot_without_an_end_ends_with_the_first_record_after_it() -> None:
    told = begun().take(NAMED, DEFINED, mbo(snapshot(5, ends=False)))
    assert told.state() is FeedState.CONNECTING
    told.take(mbo(after(1)))
    assert told.state() is FeedState.LIVE


def test_an_empty_book_is_a_snapshot_too() -> None:
    assert begun().take(NAMED, DEFINED, mbo(snapshot(0))).state() is FeedState.LIVE


def test_a_snapshot_that_stops_is_told_and_ends_when_it_goes_on() -> None:
    told = begun().take(NAMED, DEFINED, mbo(snapshot(5)[:3]), now=1.0).tick(1.0 + OPTIONS.snapshot_seconds)
    assert told.state() is FeedState.DEGRADED
    told.take(mbo(snapshot(5)[3:]), now=20.0)
    assert told.state() is FeedState.LIVE


def test_a_snapshot_that_does_not_come_is_asked_for_again() -> None:
    told = begun().take(NAMED, DEFINED).tick(OPTIONS.snapshot_seconds)
    assert told.stream.ending == Renew("no snapshot of the order book came")


def test_orders_without_a_snapshot_are_told() -> None:
    told = begun().take(NAMED, DEFINED, mbo(after(2)))
    assert told.state() is FeedState.DEGRADED
    assert "no snapshot" in told.stream.state[1]


def test_levels_need_no_snapshot() -> None:
    assert begun(MBP_10).take(NAMED, DEFINED).state() is FeedState.LIVE


# --- doubts


def test_a_book_flagged_as_bad_is_handed_on_told_and_replaced() -> None:
    bad = after(3, flags=F_LAST)
    bad["flags"][1] |= F_MAYBE_BAD_BOOK
    told = live().take(mbo(bad))
    assert told.flow.endswith(bad.tobytes())
    assert len(told.gaps) == 1
    assert isinstance(told.stream.ending, Renew)


def test_a_snapshot_of_a_book_flagged_as_bad_does_not_ask_for_the_next_one() -> None:
    flagged = snapshot(3)
    flagged["flags"] |= F_MAYBE_BAD_BOOK
    assert begun().take(NAMED, DEFINED, mbo(flagged)).stream.ending is None


def test_records_out_of_order_are_not_handed_on() -> None:
    mixed = after(4)
    mixed["ts_recv"][2] = mixed["ts_recv"][0]
    told = live()
    before = told.flow
    told.take(mbo(mixed), mbo(after(1)))
    assert told.flow == before + mixed[:2].tobytes()
    assert len(told.gaps) == 1
    assert isinstance(told.stream.ending, Renew)


def test_skipped_records_are_a_gap_and_a_fresh_session_and_what_follows_is_still_handed_on() -> None:
    told = live().take(error("Skipped 9 records", ErrorCode.SKIPPED_RECORDS_AFTER_SLOW_READING), mbo(after(2)))
    assert isinstance(told.stream.ending, Renew)
    assert told.flow.endswith(after(2).tobytes())
    assert len(told.gaps) == 1


def test_where_fresh_sessions_do_not_help_any_more_the_state_is_degraded_and_data_flows() -> None:
    told = begun(may_renew=lambda _: False).take(NAMED, DEFINED, mbo(snapshot(3)))
    told.take(error("Skipped 9 records", ErrorCode.SKIPPED_RECORDS_AFTER_SLOW_READING), mbo(after(2)))
    assert told.stream.ending is None
    assert told.state() is FeedState.DEGRADED
    assert len(told.gaps) == 1
    told.tick(OPTIONS.trouble_seconds)
    assert told.state() is FeedState.LIVE


def test_a_gap_is_told_only_of_what_was_delivered_and_only_once() -> None:
    assert begun().take(NAMED, DEFINED).stream.leave("cut", 0.0) == []
    stream = live().stream
    assert stream.leave("cut", 0.0) == [Gap(START, "cut")]
    assert stream.leave("cut", 0.0) == []


# --- trades


def test_trades_beside_quotes_come_only_after_the_first_quote_so_that_no_engine_counts_them_first() -> None:
    told = begun(MBP_1).take(NAMED, DEFINED, Batch(Schema.TRADES, trades(2)))
    assert not [item for item in told.items if isinstance(item, Batch) and item.schema is Schema.TRADES]
    later = trades(4)[2:]
    told.take(Batch(Schema.MBP_1, later), Batch(Schema.TRADES, later))
    schemas = [item.schema for item in told.items if isinstance(item, Batch)]
    assert schemas[-2:] == [Schema.MBP_1, Schema.TRADES]


# --- what the gateway says


@pytest.mark.parametrize(
    ("said", "ending"),
    [
        (error("Not authorized for mbo schema"), Denied(Schema.MBO, "Not authorized for mbo schema")),
        (error("Not authorized for status schema"), Denied(Schema.STATUS, "Not authorized for status schema")),
        (error("Not authorized for novel schema"), Denied(Schema.MBO, "Not authorized for novel schema")),
        (error("Not authorized for tbbo schema"), Denied(Schema.MBO, "Not authorized for tbbo schema")),
    ],
)
def test_a_denied_schema_is_named(said: Batch, ending: Denied) -> None:
    assert begun().take(said).stream.ending == ending


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ("User or API key deactivated", ErrorCode.INVALID_SUBSCRIPTION, KeyRefused),
        ("A live data license is required to access GLBX.MDP3", ErrorCode.INVALID_SUBSCRIPTION, NotEntitled),
        ("Failed to resolve symbol: GC.v.0", ErrorCode.SYMBOL_RESOLUTION_FAILED, UnknownSymbol),
    ],
)
def test_what_no_other_session_can_help_is_fatal(text: str, code: ErrorCode, kind: type[Exception]) -> None:
    ending = begun().take(error(text, code)).stream.ending
    assert isinstance(ending, Fatal)
    assert isinstance(ending.error, kind)
    assert text in str(ending.error)


def test_a_symbol_that_was_followed_before_may_come_back() -> None:
    told = begun(known=GC).take(error("Failed to resolve symbol: GC.v.0", ErrorCode.SYMBOL_RESOLUTION_FAILED))
    assert isinstance(told.stream.ending, Failed)


@pytest.mark.parametrize("text", ["Connection limit exceeded", "Internal error", "Unknown schema"])
def test_what_another_session_may_help_has_failed_in_the_gateways_words(text: str) -> None:
    ending = begun().take(error(text)).stream.ending
    assert isinstance(ending, Failed)
    assert text in ending.reason


def test_a_replay_too_old_begins_a_fresh_session_at_once() -> None:
    too_old = error("Invalid start time. Must be 2026-09-06T00:00:00Z or later, or 0")
    assert isinstance(begun(MBP_10, replayed=(Schema.MBP_10,)).take(too_old).stream.ending, Renew)


def test_a_start_that_is_refused_where_nothing_is_replayed_has_failed() -> None:
    assert isinstance(begun(MBP_10).take(error("Invalid start time")).stream.ending, Failed)


def test_a_slow_reader_is_degraded_for_a_while() -> None:
    told = live().take(system("Reading too slowly", SystemCode.SLOW_READER_WARNING), now=5.0)
    assert told.state() is FeedState.DEGRADED
    assert told.stream.deadline == 5.0 + OPTIONS.trouble_seconds
    assert told.tick(5.0 + OPTIONS.trouble_seconds).state() is FeedState.LIVE


def test_a_socket_left_unread_is_degraded_until_it_is_read_again() -> None:
    told = live().take(Reading(paused=True))
    assert told.state() is FeedState.DEGRADED
    assert told.take(Reading(paused=False)).state() is FeedState.LIVE


def test_catching_up_is_degraded_until_every_replay_has_ended() -> None:
    told = begun(MBP_1, replayed=(Schema.MBP_1, Schema.TRADES)).take(NAMED, DEFINED)
    assert told.state() is FeedState.DEGRADED
    told.take(system("Finished mbp-1 replay", SystemCode.REPLAY_COMPLETED))
    assert told.state() is FeedState.DEGRADED
    told.take(system("Finished trades replay", SystemCode.REPLAY_COMPLETED))
    assert told.state() is FeedState.LIVE


def test_the_end_of_a_replay_of_definitions_is_no_news() -> None:
    told = begun(MBP_1, replayed=(Schema.MBP_1,)).take(NAMED, DEFINED)
    told.take(system("Finished definition replay", SystemCode.REPLAY_COMPLETED))
    assert told.state() is FeedState.DEGRADED


def test_a_lower_rung_is_degraded_and_says_why() -> None:
    told = begun(MBP_10, shortfall="mbp-10 instead of mbo").take(NAMED, DEFINED)
    assert told.stream.state == (FeedState.DEGRADED, "mbp-10 instead of mbo")


def test_what_only_the_line_says_is_not_handed_on() -> None:
    told = live()
    count = len(told.items)
    told.take(system("Heartbeat", SystemCode.HEARTBEAT), system("Subscribed", SystemCode.SUBSCRIPTION_ACK))
    assert len(told.items) == count
