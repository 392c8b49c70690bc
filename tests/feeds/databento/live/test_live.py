"""One contract followed live: what comes, in which order, and what is asked for again when."""

import asyncio
import logging
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engines.events import encode
from engines.pipeline import Pipeline, run
from feeds.databento.connection import GatewayOptions
from feeds.databento.gateway import AgeOut, Cut, Deny, End, Gateway, HalfHeader, Refuse, RejectKey, Service, first
from feeds.databento.key import ApiKey
from feeds.databento.live import DatabentoLive, LiveMemory, LiveOptions
from feeds.databento.protocol import GatewayProtocol
from feeds.dbn import DbnParser, Metadata
from feeds.instrument import Instrument, InstrumentError
from feeds.recording import Recording
from feeds.records import Batch, Provenance, Schema
from feeds.states import FeedChange, FeedState, Following, Gap
from tests.engines.real_data import ES, read_records
from tests.feeds.databento.live.conftest import CONTRACT, Day
from tests.feeds.databento.live.following import SECRET, Condition, Heard, follow, never
from tests.feeds.databento.live.test_connection import WithoutTheSeam
from tests.feeds.streams import SECOND, parsed
from tests.feeds.virtual_time import in_virtual_time
from tests.market.files import SYMBOL
from tests.market.sessions import FIRST_INSTRUMENT, START

UP = ([FeedState.LIVE], [FeedState.DEGRADED])


def ended(day: Day, schema: Schema = Schema.MBO) -> Condition:
    """Whether the last record of the day has come and the state is a good one."""
    last = day.records[schema][-1:].tobytes()
    return lambda heard: heard.states[-1:] in UP and heard.ends_with(last, schema)


def schemas_asked(heard: Heard) -> list[set[Schema]]:
    return [{one.schema for one in connection.subscriptions} for connection in heard.connections]


# --- what comes


@pytest.mark.parametrize("protocol", [GatewayProtocol, WithoutTheSeam], ids=["bytes", "records"])
@pytest.mark.parametrize("zstd", [False, True], ids=["plain", "zstd"])
def test_the_real_session_comes_byte_for_byte(data: Path, protocol: type[GatewayProtocol], zstd: bool) -> None:
    records = read_records(data, "esh4-20231225.mbo.dbn.zst")
    count = 0

    def all_came(heard: Heard) -> bool:
        nonlocal count
        item = heard.items[-1]
        count += len(item) if isinstance(item, Batch) and item.schema is Schema.MBO else 0
        return count == len(records)

    heard = follow(
        Recording([data / "esh4-20231225.mbo.dbn.zst"]),
        until=all_came,
        symbol="ES.v.0",
        contract_of=lambda _: ES,
        protocol=protocol,
        gateway_options={"zstd": zstd},
    )
    assert heard.bytes_of(Schema.MBO) == records.tobytes()
    assert heard.pipeline is not None
    summary = heard.pipeline.summary()
    assert (summary.unknown_orders, summary.crossed_events, summary.resting_orders) == (0, 0, 11_217)
    assert (summary.best_bid, summary.best_ask, summary.volume) == (4_810.0, 4_810.25, 9_892)
    alone = run(Pipeline(ES, schema=Schema.MBO), [Batch(Schema.MBO, records)])
    assert heard.said() == [encode(event) for event in alone]


def test_the_contract_comes_first_then_all_that_is_known_in_the_order_of_the_wire(day: Day) -> None:
    heard = follow(day.recording(), until=ended(day))
    kinds = [type(item) for item in heard.items]
    assert kinds[: kinds.index(Following)].count(Batch) == 0
    assert heard.following == [CONTRACT]
    batches = [item for item in heard.items if isinstance(item, Batch)]
    assert {batch.schema for batch in batches} == {Schema.SYMBOL_MAPPING, Schema.DEFINITION, Schema.MBO}
    assert {batch.provenance for batch in batches} == {Provenance.LIVE}
    assert {batch.instrument for batch in batches} == {CONTRACT}
    assert heard.bytes_of(Schema.MBO) == day.records[Schema.MBO].tobytes()
    assert heard.phases == [FeedState.CONNECTING, FeedState.LIVE]
    assert heard.gaps == []


@pytest.mark.parametrize("symbol", ["GC.v.0", "gc.v.0", SYMBOL, str(FIRST_INSTRUMENT)])
def test_a_contract_may_be_asked_for_in_any_way(day: Day, symbol: str) -> None:
    heard = follow(day.recording(), symbol=symbol, until=ended(day))
    assert heard.following == [CONTRACT]


def test_quotes_and_trades_come_together_in_the_order_of_the_wire(day: Day) -> None:
    heard = follow(day.recording(), best=Schema.MBP_1, until=ended(day, Schema.MBP_1))
    assert heard.bytes_of(Schema.MBP_1) == day.records[Schema.MBP_1].tobytes()
    assert day.records[Schema.TRADES].tobytes().endswith(heard.bytes_of(Schema.TRADES))
    flow = [item for item in heard.items if isinstance(item, Batch) and item.schema in {Schema.MBP_1, Schema.TRADES}]
    times = np.concatenate([item.records["ts_recv"] for item in flow]).astype(np.int64)
    assert (np.diff(times) >= 0).all()
    assert flow[0].schema is Schema.MBP_1


def test_what_is_received_goes_to_the_recorder_and_makes_one_stream_a_session(day: Day) -> None:
    sessions: dict[int, tuple[Metadata, list[bytes]]] = {}

    def record(metadata: Metadata, data: bytes) -> None:
        sessions.setdefault(id(metadata), (metadata, []))[1].append(data)

    cut = Cut(after=900, connections=first(1))
    heard = follow(day.recording(), [cut], until=ended(day), on_bytes=record)
    assert len(sessions) == 2
    recorded = b""
    for metadata, pieces in sessions.values():
        batches = parsed([metadata.encode() + b"".join(pieces)], DbnParser())
        recorded += b"".join(batch.records.tobytes() for batch in batches if batch.schema is Schema.MBO)
    assert recorded == heard.bytes_of(Schema.MBO)


# --- interruptions


def test_an_interruption_is_a_gap_a_reason_and_a_fresh_snapshot(day: Day) -> None:
    heard = follow(day.recording(), [Cut(after=900, missed=100, connections=first(1))], until=ended(day))
    assert heard.phases == [FeedState.CONNECTING, FeedState.LIVE, FeedState.RECONNECTING, FeedState.LIVE]
    assert "the gateway closed the connection; trying again" in heard.reasons[-2]
    (gap,) = heard.gaps
    assert gap.since is not None
    assert heard.following == [CONTRACT]
    assert [one.snapshot for one in heard.connections[1].subscriptions if one.schema is Schema.MBO] == [True]


def test_levels_go_on_where_they_ended_and_say_that_they_catch_up(day: Day) -> None:
    faults = [Cut(after=400, how=End.FIN, missed=200, connections=first(1))]
    heard = follow(day.recording(), faults, best=Schema.MBP_10, until=ended(day, Schema.MBP_10))
    assert heard.bytes_of(Schema.MBP_10) == day.records[Schema.MBP_10].tobytes()
    (asked,) = [one for one in heard.connections[1].subscriptions if one.schema is Schema.MBP_10]
    assert asked.start is not None
    assert asked.start > START
    assert any("catching up" in reason for reason in heard.reasons)


def test_what_was_missed_too_long_ago_is_replayed_from_where_it_can_be(day: Day) -> None:
    oldest = int(day.records[Schema.MBP_10]["ts_event"][600]) // SECOND * SECOND
    faults = [Cut(after=400, missed=300, connections=first(1)), AgeOut(oldest=oldest)]
    heard = follow(day.recording(), faults, best=Schema.MBP_10, until=ended(day, Schema.MBP_10))
    assert [one.start for one in heard.connections[2].subscriptions if one.schema is Schema.MBP_10] == [oldest]
    assert heard.states.count(FeedState.LIVE) == 2


def test_a_long_gap_is_not_replayed(day: Day) -> None:
    memory = LiveMemory(longest_replay=1.0)
    faults = [Cut(after=400, connections=first(1))]
    heard = follow(day.recording(), faults, best=Schema.MBP_10, until=ended(day, Schema.MBP_10), memory=memory)
    assert [one.start for one in heard.connections[1].subscriptions if one.schema is Schema.MBP_10] == [None]


def test_attempts_wait_longer_and_longer_and_say_for_how_long(day: Day) -> None:
    heard = follow(day.recording(), [Refuse(connections=first(12))], until=ended(day), backoff_longest=8.0)
    assert len(heard.connections) == 13
    assert 10.0 < heard.seconds < 12 * 8.0
    assert heard.phases == [FeedState.CONNECTING, FeedState.RECONNECTING, FeedState.LIVE]
    told = [reason for reason in heard.reasons if "before it asked for the key; trying again" in reason]
    assert len(told) == 12


def test_connections_are_a_quarter_of_a_second_apart_at_least(day: Day) -> None:
    heard = follow(day.recording(), [Refuse(connections=first(20))], until=ended(day), backoff_first=0.0)
    assert heard.seconds >= 20 * 0.25


def test_a_session_given_up_from_outside_is_followed_by_a_fresh_one_but_not_too_often(day: Day) -> None:
    def distrust(live: DatabentoLive, _gateway: Gateway, heard: Heard) -> None:
        if heard.states[-1:] == [FeedState.LIVE]:
            live.renew("somebody doubts the book")

    heard = follow(day.recording(), until=never, seconds=100.0, meanwhile=distrust, renewals=3)
    assert heard.reasons.count("somebody doubts the book") == 3
    assert len(heard.gaps) == 3
    assert len(heard.connections) == 4
    assert heard.states[-1] is FeedState.LIVE


# --- the contract and the day


def test_on_a_new_trading_day_the_contract_is_asked_for_again(day: Day) -> None:
    heard = follow(
        day.recording(),
        until=never,
        seconds=100.0,
        session_day=lambda moment: (moment - START) // (120 * SECOND),
        early_seconds=30.0,
    )
    assert len(heard.connections) == 2
    assert any("a new trading day begins" in reason for reason in heard.reasons)
    assert heard.following == [CONTRACT]
    assert heard.states[-1] is FeedState.LIVE


def test_another_contract_than_before_is_followed_and_told(day: Day) -> None:
    memory = LiveMemory()
    memory.instrument = Instrument("GCZ3", 1, 100_000_000, 100.0, "GLBX.MDP3")
    assert follow(day.recording(), until=ended(day), memory=memory).following == [CONTRACT]


def test_a_contract_without_a_definition_is_taken_from_the_settings_and_nothing_of_it_is_lost(day: Day) -> None:
    settings = Instrument("", 0, 100_000_000, 100.0, source="settings")
    heard = follow(Recording(day.files[:1]), until=ended(day), contract_of=lambda _: settings)
    assert heard.following == [replace(CONTRACT, source="settings")]
    assert heard.bytes_of(Schema.MBO) == day.records[Schema.MBO].tobytes()
    assert heard.seconds >= 5.0


def test_a_contract_whose_tick_nobody_knows_is_an_error(day: Day) -> None:
    heard = follow(Recording(day.files[:1]), until=never)
    assert isinstance(heard.error, InstrumentError)
    assert heard.bytes_of(Schema.MBO) == b""


# --- what the account may see


def test_what_was_denied_is_not_asked_for_again_on_the_same_day(day: Day) -> None:
    faults = [Deny(schema=Schema.MBO), Cut(after=300, connections=frozenset({2}))]
    heard = follow(day.recording(), faults, until=ended(day, Schema.MBP_10))
    assert [Schema.MBO in asked for asked in schemas_asked(heard)] == [True, False, False]


def test_what_was_denied_is_asked_for_again_on_the_next_day_and_may_be_had_then(day: Day) -> None:
    heard = follow(
        day.recording(),
        [Deny(schema=Schema.MBO, connections=first(1))],
        until=lambda heard: heard.states[-1:] == [FeedState.LIVE],
        session_day=lambda moment: (moment - START) // (120 * SECOND),
        early_seconds=30.0,
    )
    assert [Schema.MBO in asked for asked in schemas_asked(heard)] == [True, False, True]
    told = [(item.instrument, item.schema) for item in heard.items if isinstance(item, Following)]
    assert told == [(CONTRACT, Schema.MBP_10), (CONTRACT, Schema.MBO)]


def test_what_was_denied_is_asked_for_again_when_somebody_wants_to_know(day: Day) -> None:
    def ask_again(live: DatabentoLive, _gateway: Gateway, heard: Heard) -> None:
        if heard.states[-1:] == [FeedState.DEGRADED] and live.access.denials:
            live.access.forget()
            live.renew("asking for mbo again")

    heard = follow(
        day.recording(),
        [Deny(schema=Schema.MBO, connections=first(1))],
        until=lambda heard: heard.states[-1:] == [FeedState.LIVE],
        meanwhile=ask_again,
    )
    assert len(heard.connections) == 3


def test_the_source_is_called_by_the_schema_it_has_come_down_to(day: Day) -> None:
    heard = follow(day.recording(), [Deny(schema=Schema.MBO)], until=ended(day, Schema.MBP_10))
    names = [item.source for item in heard.items if isinstance(item, FeedChange)]
    assert names[0] == "databento mbo"
    assert names[-1] == "databento mbp-10"


# --- the end


def test_it_can_be_closed_at_any_moment_and_then_ends(day: Day) -> None:
    async def scenario() -> None:
        before = asyncio.all_tasks()
        async with Gateway(
            day.recording(), [Refuse(connections=first(3)), HalfHeader(connections=frozenset({6}))]
        ) as gateway:
            for steps in range(0, 160, 3):
                live = DatabentoLive(
                    LiveOptions(gateway=GatewayOptions(host="127.0.0.1", port=gateway.port)),
                    ApiKey(SECRET),
                    session_day=lambda _: 0,
                    rng=random.Random(steps),
                    protocol=GatewayProtocol,
                )

                async def listen(live: DatabentoLive = live) -> None:
                    async for _ in live.items():
                        pass

                listening = asyncio.ensure_future(listen())
                for _ in range(steps):
                    await asyncio.sleep(0)
                await live.close()
                await asyncio.wait_for(listening, 60)
            await gateway.until(lambda gateway: not gateway.open_connections)
        await asyncio.sleep(1)
        assert asyncio.all_tasks() == before

    in_virtual_time(scenario())


@pytest.mark.parametrize("count", range(1, 9))
def test_it_can_be_left_at_any_item(day: Day, count: int) -> None:
    heard = follow(day.recording(), until=lambda heard: len(heard.items) == count)
    assert len(heard.items) == count


# --- the key


@pytest.mark.parametrize(
    "fault",
    [RejectKey(), RejectKey(text=f"unknown key {SECRET}"), Cut(after=100, connections=first(1)), Deny()],
    ids=["rejected", "repeated by the gateway", "cut", "denied"],
)
def test_the_key_is_nowhere(day: Day, fault: RejectKey | Cut | Deny, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    heard = follow(day.recording(), [fault], until=ended(day), seconds=60.0, service=Service(key=SECRET))
    shown = [caplog.text, repr(heard.error), str(heard.error), *map(repr, heard.items), *heard.reasons]
    shown += [repr(GatewayOptions()), repr(LiveOptions()), repr(ApiKey(SECRET))]
    assert caplog.records
    assert not [one for one in shown if SECRET in one or SECRET[-5:] in one]
    assert isinstance(heard.items[-1], FeedChange | Batch | Gap)
