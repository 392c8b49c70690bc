"""Each fault does what it says, to the connections it is for."""

import asyncio
from contextlib import AbstractAsyncContextManager

import numpy as np
import pytest

from feeds.databento.gateway import (
    AgeOut,
    Cut,
    CutSnapshot,
    Deny,
    End,
    Fault,
    ForgetSymbol,
    Garbage,
    Gateway,
    Greet,
    HalfHeader,
    IgnoreAuthentication,
    LimitConnections,
    Refuse,
    RejectKey,
    Repeat,
    Revoke,
    Service,
    Skip,
    Slow,
    Stall,
    Truncate,
    WarnSlowReader,
    When,
    first,
)
from feeds.dbn.errors import CorruptDbn
from feeds.records import F_SNAPSHOT, MBO, Schema
from tests.feeds.virtual_time import in_virtual_time
from tests.market.files import SYMBOL
from tests.market.sessions import FIRST_INSTRUMENT, TICK

from .client import Client, serving, subscription
from .conftest import Day
from .test_resting import book_of, queued

SIZE = MBO.itemsize
ORDERS = subscription("mbo", SYMBOL, snapshot=1)


def faulty(day: Day, *faults: Fault) -> AbstractAsyncContextManager[Gateway]:
    return serving(day.recording(), faults, Service(close_at_end=True))


# --- before the stream ----------------------------------------------------------------------------------------------


async def test_a_refused_connection_ends_without_a_word(day: Day) -> None:
    async with faulty(day, Refuse()) as gateway:
        client = await Client.connect(gateway.port)
        assert await client.to_the_break() is None
    assert client.stream.metadata is None
    assert gateway.connections[0].struck == ["refuse"]


async def test_a_greeting_may_be_another_one(day: Day) -> None:
    async with faulty(day, Greet(text="lsg_version=0.8.0|extra=1")) as gateway:
        client = await Client.connect(gateway.port)
        await client.authenticate()
    assert client.greeting == b"lsg_version=0.8.0|extra=1\n"


def test_an_authentication_may_go_unanswered(day: Day) -> None:
    async def scenario() -> None:
        async with faulty(day, IgnoreAuthentication()) as gateway:
            client = await Client.connect(gateway.port)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.authenticate(), 3_600)
            assert gateway.open_connections == 1
            client.leave()
            await gateway.until(lambda gateway: not gateway.open_connections)

    in_virtual_time(scenario())


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (RejectKey(), "Authentication failed."),
        (RejectKey(text="Unable to submit the request because there is an unpaid invoice."), "unpaid invoice"),
        (LimitConnections(), "Connection limit exceeded"),
    ],
    ids=["wrong key", "unpaid", "too many"],
)
async def test_a_key_may_be_rejected(day: Day, fault: Fault, told: str) -> None:
    async with faulty(day, fault) as gateway:
        client = await Client.connect(gateway.port)
        answer = await client.authenticate()
        assert answer.startswith(b"success=0|error=")
        assert told in answer.decode()
        assert await client.to_the_break() is None


async def test_half_a_header_is_all_there_is(day: Day) -> None:
    async with faulty(day, HalfHeader()) as gateway:
        client = await Client.session(gateway, ORDERS)
        stream = await client.to_the_end()
    assert stream.metadata is None
    assert stream.left_over.startswith(b"DBN\x03")


async def test_the_limit_of_sessions_may_be_told_in_the_stream(day: Day) -> None:
    async with faulty(day, LimitConnections(when=When.AFTER)) as gateway:
        stream = await (await Client.session(gateway, ORDERS)).to_the_end()
    ((code, _),) = stream.errors()
    assert (code, stream.market_data()) == (3, b"")


async def test_a_key_may_be_revoked_while_it_is_used(day: Day) -> None:
    async with faulty(day, Revoke(after=700)) as gateway:
        stream = await (await Client.session(gateway, ORDERS)).to_the_end()
    assert stream.errors() == [(2, "User or API key deactivated")]
    assert stream.market_data() == day.data[: 700 * SIZE]


# --- what an account may see ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", list(When))
async def test_a_schema_is_denied_and_the_session_ends(day: Day, when: When) -> None:
    async with faulty(day, Deny(schema=Schema.MBO, when=when)) as gateway:
        client = await Client.connect(gateway.port)
        await client.authenticate()
        client.say(ORDERS)
        if when is When.AFTER:
            await gateway.until(lambda gateway: gateway.connections[0].subscriptions)
            client.say("start_session=0")
        stream = await client.to_the_end()
    assert stream.errors() == [(5, "Not authorized for mbo schema")]
    assert stream.market_data() == b""
    assert gateway.connections[0].started == (when is When.AFTER)


async def test_another_schema_is_served_where_one_is_denied(day: Day) -> None:
    async with faulty(day, Deny(schema=Schema.MBP_10)) as gateway:
        assert (await (await Client.session(gateway, ORDERS)).to_the_end()).market_data() == day.data


async def test_a_symbol_may_be_forgotten(day: Day) -> None:
    async with faulty(day, ForgetSymbol(symbol="gc.v.0")) as gateway:
        asked = (subscription("mbo", "GC.v.0", "continuous"), subscription("mbo", SYMBOL))
        stream = await (await Client.session(gateway, *asked)).to_the_end()
    assert stream.errors() == [(4, "Failed to resolve symbol: GC.v.0")]
    assert stream.market_data() == day.data


async def test_a_replay_reaches_back_only_so_far(day: Day) -> None:
    oldest = 1_704_153_600_000_000_000
    async with faulty(day, AgeOut(oldest=oldest)) as gateway:
        old = await (await Client.session(gateway, subscription("mbo", start=oldest - 1))).to_the_end()
        whole = await (await Client.session(gateway, subscription("mbo", start=0))).to_the_end()
    assert old.errors() == [(8, "Invalid start time. Must be 2024-01-02T00:00:00Z or later, or 0")]
    assert whole.market_data() == day.data


# --- in the stream --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [0, 1, 700, 5_000])
async def test_a_line_is_cut_in_order_after_so_many_records(day: Day, after: int) -> None:
    async with faulty(day, Cut(after=after)) as gateway:
        client = await Client.session(gateway, ORDERS)
        assert await client.to_the_break() is None
    assert client.stream.market_data() == day.data[: after * SIZE]
    assert client.stream.left_over == b""


async def test_a_line_is_reset(day: Day) -> None:
    async with faulty(day, Cut(after=700, how=End.RST)) as gateway:
        client = await Client.session(gateway, ORDERS)
        assert await client.to_the_break() is ConnectionResetError
    assert gateway.connections[0].records == 700


async def test_a_cut_at_the_very_end_is_a_cut(day: Day) -> None:
    async with faulty(day, Cut(after=len(day.records))) as gateway:
        client = await Client.session(gateway, ORDERS)
        assert (await client.to_the_end()).market_data() == day.data
    assert gateway.connections[0].ended == "fault: cut by fin"


@pytest.mark.parametrize("missed", [0, 40])
async def test_after_a_cut_the_book_begins_anew_and_the_market_goes_on(day: Day, missed: int) -> None:
    async with faulty(day, Cut(after=1_500, missed=missed, connections=first(1))) as gateway:
        before = await (await Client.session(gateway, ORDERS)).to_the_end()
        after = await (await Client.session(gateway, ORDERS)).to_the_end()
    got = after.records(Schema.MBO)
    held = int(np.argmax(got["flags"] == 168)) + 1
    assert before.market_data() == day.data[: 1_500 * SIZE]
    joined = len(day.records) - (len(got) - held)
    assert 1_500 + missed <= joined < 1_500 + missed + 60
    assert got[held:].tobytes() == day.records[joined:].tobytes()
    assert queued(book_of(got, FIRST_INSTRUMENT, TICK)) == queued(book_of(day.records, FIRST_INSTRUMENT, TICK))


@pytest.mark.parametrize("how", list(End))
async def test_a_snapshot_may_be_cut_in_its_middle(day: Day, how: End) -> None:
    faults = (Cut(after=1_500, connections=first(1)), CutSnapshot(how=how, connections=frozenset({2})))
    async with faulty(day, *faults) as gateway:
        await (await Client.session(gateway, ORDERS)).to_the_end()
        client = await Client.session(gateway, ORDERS)
        broke = await client.to_the_break()
        whole = await (await Client.session(gateway, ORDERS)).to_the_end()
    assert broke is (ConnectionResetError if how is End.RST else None)
    assert gateway.connections[1].struck == ["cut-snapshot", "cut"]
    full = int(np.argmax(whole.records(Schema.MBO)["flags"] == 168)) + 1
    assert gateway.connections[1].records == full // 2


async def test_the_snapshot_that_a_recording_begins_with_may_be_cut_too(day: Day) -> None:
    async with faulty(day, CutSnapshot()) as gateway:
        stream = await (await Client.session(gateway, ORDERS)).to_the_end()
    held = int(((day.records["flags"] & F_SNAPSHOT) != 0).sum())
    assert stream.count(Schema.MBO) == held // 2


def test_a_stalled_line_is_silent_and_open(day: Day) -> None:
    async def scenario() -> bytes:
        async with faulty(day, Stall(after=700)) as gateway:
            client = await Client.session(gateway, ORDERS, heartbeat_interval_s=5)
            await client.until(lambda stream: stream.count(Schema.MBO) == 700)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.take(), 3_600)
            assert (gateway.open_connections, gateway.connections[0].heartbeats) == (1, 0)
            client.leave()
            await gateway.until(lambda gateway: not gateway.open_connections)
            return client.stream.market_data()

    assert in_virtual_time(scenario()) == day.data[: 700 * SIZE]


def test_a_slow_line_takes_its_time(day: Day) -> None:
    async def scenario() -> float:
        clock = asyncio.get_running_loop().time
        async with faulty(day, Slow(after=0, bytes_per_second=10_000)) as gateway:
            client = await Client.session(gateway, ORDERS)
            began = clock()
            assert (await client.to_the_end()).market_data() == day.data
            return clock() - began

    assert in_virtual_time(scenario()) == pytest.approx(len(day.data) / 10_000, rel=0.02)


async def test_garbage_is_no_record(day: Day) -> None:
    async with faulty(day, Garbage(after=700)) as gateway:
        client = await Client.session(gateway, ORDERS)
        assert await client.to_the_break() is CorruptDbn
    assert day.data.startswith(client.stream.market_data())


@pytest.mark.parametrize(("after", "count"), [(700, 50), (3, 50)])
async def test_records_come_twice(day: Day, after: int, count: int) -> None:
    async with faulty(day, Repeat(after=after, count=count)) as gateway:
        stream = await (await Client.session(gateway, ORDERS)).to_the_end()
    twice = day.data[max(0, after - count) * SIZE : after * SIZE]
    assert stream.market_data() == day.data[: after * SIZE] + twice + day.data[after * SIZE :]
    assert gateway.records_sent == len(day.records)


async def test_a_record_is_broken_off(day: Day) -> None:
    async with faulty(day, Truncate(after=700)) as gateway:
        stream = await (await Client.session(gateway, ORDERS)).to_the_end()
    assert stream.market_data() == day.data[: 700 * SIZE]
    assert stream.left_over == day.data[700 * SIZE :][: SIZE // 2]


async def test_records_are_left_out_and_the_client_is_told(day: Day) -> None:
    async with faulty(day, Skip(after=700, count=123)) as gateway:
        stream = await (await Client.session(gateway, ORDERS)).to_the_end()
    assert stream.market_data() == day.data[: 700 * SIZE] + day.data[823 * SIZE :]
    assert stream.errors() == [(7, "Skipped 123 records after slow reading")]


async def test_a_slow_reader_is_warned(day: Day) -> None:
    async with faulty(day, WarnSlowReader(after=700)) as gateway:
        stream = await (await Client.session(gateway, ORDERS)).to_the_end()
    assert stream.market_data() == day.data
    assert [code for code, _ in stream.systems()] == [1, 2]


async def test_faults_strike_one_after_the_other(day: Day) -> None:
    faults = (Cut(after=900), Skip(after=100, count=10), WarnSlowReader(after=100))
    async with faulty(day, *faults) as gateway:
        stream = await (await Client.session(gateway, ORDERS)).to_the_end()
    assert stream.market_data() == day.data[: 100 * SIZE] + day.data[110 * SIZE : 910 * SIZE]
    assert gateway.connections[0].struck == ["skip", "slow-reader", "cut"]


async def test_a_fault_for_the_first_connections_heals(day: Day) -> None:
    async with faulty(day, RejectKey(connections=first(2))) as gateway:
        answers = [await (await Client.connect(gateway.port)).authenticate() for _ in range(3)]
    assert [answer[:9] for answer in answers] == [b"success=0", b"success=0", b"success=1"]


async def test_a_client_that_does_not_read_holds_up_its_own_session_only(day: Day) -> None:
    async with faulty(day) as gateway:
        idle = await Client.session(gateway, ORDERS)
        busy = await Client.session(gateway, ORDERS)
        assert (await busy.to_the_end()).market_data() == day.data
        assert (await idle.to_the_end()).market_data() == day.data
