"""What a client gets that speaks the protocol, line by line and record by record."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from feeds.databento.gateway import Connection, Gateway, Service
from feeds.dbn import DbnWriter, Metadata
from feeds.recording import Recording
from feeds.records import DEFINITION, DEMO_DATASET, MBO, TS_OUT_BYTES, Records, Schema
from tests.feeds.streams import SECOND, START, made, orders, trades
from tests.feeds.virtual_time import in_virtual_time
from tests.market import session
from tests.market.files import SYMBOL
from tests.market.sessions import FIRST_INSTRUMENT, TICK

from .client import KEY, Client, serving, subscription
from .conftest import Day
from .test_resting import book_of, queued

Write = Callable[..., Path]

HEARTBEAT, ACKNOWLEDGED, REPLAYED = 0, 1, 3
UNRESOLVED, INVALID = 4, 5
ENDS = Service(close_at_end=True)
MBO_ALL = subscription("mbo")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, *parts: Records, **fields: Any) -> Path:
        told: dict[str, Any] = {"dataset": "GLBX.MDP3", "start": START}
        with DbnWriter(tmp_path / name, Metadata(**(told | fields))) as writer:
            for part in parts:
                writer.write(part)
        return tmp_path / name

    return write


# --- the usual session ----------------------------------------------------------------------------------------------


async def test_the_recording_arrives_byte_for_byte_after_mapping_and_acknowledgement(day: Day) -> None:
    async with serving(day.recording(), service=ENDS) as gateway:
        client = await Client.session(gateway, subscription("mbo", SYMBOL, id=4, snapshot=1))
        stream = await client.to_the_end()
    assert client.greeting == b"lsg_version=0.8.0\n"
    assert client.answer == b"success=1|session_id=1\n"
    assert stream.kinds()[:3] == [Schema.SYMBOL_MAPPING, Schema.SYSTEM, Schema.MBO]
    assert stream.mappings() == [(FIRST_INSTRUMENT, SYMBOL, SYMBOL)]
    assert stream.systems() == [(ACKNOWLEDGED, "Subscription request 4 for mbo data succeeded")]
    assert stream.market_data() == day.data
    assert gateway.records_sent == len(day.records)
    assert gateway.connections[0].ended == "the recording has ended"


async def test_the_header_is_of_the_newest_version_and_names_no_schema(day: Day) -> None:
    async with serving(day.recording(), service=ENDS) as gateway:
        stream = await (await Client.session(gateway, MBO_ALL)).to_the_end()
    assert stream.metadata is not None
    assert stream.metadata == Metadata(dataset="GLBX.MDP3", start=gateway.tape.start, stype_in=None)


@pytest.mark.parametrize("start", ["start_session=0", "start_session"])
async def test_both_ways_to_start_are_understood(day: Day, start: str) -> None:
    async with serving(day.recording(), service=ENDS) as gateway:
        client = await Client.connect(gateway.port)
        await client.authenticate()
        client.say(MBO_ALL, start)
        assert (await client.to_the_end()).market_data() == day.data


async def test_a_compressed_session_is_the_same(day: Day) -> None:
    async with serving(day.recording(), service=ENDS) as gateway:
        stream = await (await Client.session(gateway, MBO_ALL, compression="zstd")).to_the_end()
    assert stream.market_data() == day.data
    assert gateway.connections[0].bytes < len(day.data)


async def test_every_record_carries_its_send_time_where_asked(day: Day) -> None:
    async with serving(day.recording(), service=ENDS) as gateway:
        stream = await (await Client.session(gateway, MBO_ALL, ts_out=1)).to_the_end()
    assert stream.metadata is not None
    assert stream.metadata.ts_out
    assert {"ts_out"} <= {name for batch in stream.batches for name in batch.records.dtype.names or ()}
    sent = stream.records(Schema.MBO)
    assert sent.dtype.itemsize == MBO.itemsize + TS_OUT_BYTES
    live = sent["ts_recv"] >= gateway.tape.start
    assert (sent["ts_out"][live] == sent["ts_recv"][live]).all()
    assert [sent[name].tolist() for name in ("order_id", "price")] == [
        day.records[name].tolist() for name in ("order_id", "price")
    ]


async def test_times_are_shifted_to_now_where_asked(day: Day) -> None:
    now = START + 1_000 * SECOND
    async with serving(day.recording(), service=Service(restamp=True, close_at_end=True), wall=lambda: now) as gateway:
        stream = await (await Client.session(gateway, MBO_ALL, ts_out=1)).to_the_end()
    sent, shift = stream.records(Schema.MBO), now - gateway.tape.start
    first = int(np.argmax(sent["ts_recv"] >= now))
    assert int(sent["ts_recv"][first]) == int(sent["ts_out"][first]) == now
    for name in ("ts_event", "ts_recv"):
        assert (sent[name].astype(np.int64) - day.records[name].astype(np.int64) == shift).all()
    assert stream.metadata is not None
    assert stream.metadata.start == now


async def test_several_subscriptions_share_a_session_in_the_markets_order(write: Write) -> None:
    flow, prints = orders(3), trades(3, ts_recv=START + np.array([0, SECOND, 5 * SECOND], np.uint64))
    paths = [write("a.dbn", flow, schema=Schema.MBO), write("b.dbn", prints, schema=Schema.TRADES)]
    async with serving(Recording(paths), service=ENDS) as gateway:
        stream = await (await Client.session(gateway, MBO_ALL, subscription("trades"))).to_the_end()
    rows = [flow[:1], prints[:1], flow[1:2], prints[1:2], flow[2:], prints[2:]]
    assert stream.market_data() == b"".join(row.tobytes() for row in rows)
    assert [code for code, _ in stream.systems()] == [ACKNOWLEDGED] * 2


async def test_a_subscription_may_come_in_several_lines(write: Write) -> None:
    records = orders(6, instrument_id=[1, 2, 3, 1, 2, 3])
    async with serving(Recording([write("a.dbn", records)]), service=ENDS) as gateway:
        parts = [
            subscription("mbo", symbols, "instrument_id", id=0, is_last=last) for symbols, last in (("1", 0), ("3", 1))
        ]
        stream = await (await Client.session(gateway, *parts)).to_the_end()
    assert stream.market_data() == records[[0, 2, 3, 5]].tobytes()
    assert len(stream.systems()) == 1
    assert gateway.connections[0].subscriptions[0].symbols == ("1", "3")


async def test_a_schema_that_is_not_there_is_acknowledged_and_silent(day: Day) -> None:
    async with serving(day.recording(), service=ENDS) as gateway:
        stream = await (await Client.session(gateway, subscription("mbp-10"))).to_the_end()
    assert [code for code, _ in stream.systems()] == [ACKNOWLEDGED]
    assert stream.market_data() == b""


async def test_an_unknown_symbol_is_told_and_the_session_goes_on(day: Day) -> None:
    async with serving(day.recording(), service=ENDS) as gateway:
        stream = await (await Client.session(gateway, subscription("mbo", f"NOPE,{SYMBOL},GCZ9"))).to_the_end()
    assert stream.errors() == [(UNRESOLVED, f"Failed to resolve symbol: {name}") for name in ("NOPE", "GCZ9")]
    assert stream.market_data() == day.data


async def test_the_busiest_contract_is_found_by_its_continuous_symbol(day: Day) -> None:
    async with serving(day.recording(), service=ENDS) as gateway:
        stream = await (await Client.session(gateway, subscription("mbo", "GC.v.0", "continuous"))).to_the_end()
    assert stream.mappings() == [(FIRST_INSTRUMENT, "GC.v.0", SYMBOL)]
    assert stream.market_data() == day.data


async def test_every_client_gets_the_whole_recording(day: Day) -> None:
    async with serving(day.recording(), service=ENDS) as gateway:
        for _ in range(2):
            assert (await (await Client.session(gateway, MBO_ALL)).to_the_end()).market_data() == day.data
        both = [await Client.session(gateway, MBO_ALL) for _ in range(2)]
        streams = await asyncio.gather(*(client.to_the_end() for client in both))
    assert [stream.market_data() == day.data for stream in streams] == [True, True]
    assert [connection.number for connection in gateway.connections] == [1, 2, 3, 4]


# --- who may come in ------------------------------------------------------------------------------------------------


async def test_only_the_right_key_is_let_in(day: Day) -> None:
    async with serving(day.recording(), service=Service(key=KEY)) as gateway:
        assert (await (await Client.connect(gateway.port)).authenticate()).startswith(b"success=1")
        wrong = await Client.connect(gateway.port)
        assert (
            await wrong.authenticate("db-AnotherKeyThatIsNotTheRightOne") == b"success=0|error=Authentication failed.\n"
        )
        assert not await wrong.take()
        assert [connection.authenticated for connection in gateway.connections] == [True, False]


async def test_nothing_of_a_key_is_told(day: Day) -> None:
    told: list[str] = []

    def listen(connection: Connection, what: str, detail: str) -> None:
        told.append(f"{connection} {what} {detail}")

    async with serving(day.recording(), service=Service(key=KEY, close_at_end=True), listener=listen) as gateway:
        await (await Client.session(gateway, MBO_ALL)).to_the_end()
    everything = " ".join(told) + repr(gateway.connections) + repr(Service(key=KEY))
    assert "authenticated" in everything
    assert KEY not in everything
    assert KEY[-5:] not in everything


async def test_another_dataset_is_refused(day: Day) -> None:
    async with serving(day.recording()) as gateway:
        answer = await (await Client.connect(gateway.port)).authenticate(dataset="XNAS.ITCH")
    assert answer == b"success=0|error=Dataset XNAS.ITCH is not here: this gateway serves GLBX.MDP3\n"


async def test_a_simulated_market_says_so_whatever_was_asked_for(write: Write) -> None:
    path = write("a.dbn", orders(1), dataset=DEMO_DATASET)
    async with serving(Recording([path]), service=ENDS) as gateway:
        stream = await (await Client.session(gateway, MBO_ALL)).to_the_end()
    assert stream.metadata is not None
    assert stream.metadata.dataset == DEMO_DATASET


async def test_no_more_sessions_than_the_account_may_have(day: Day) -> None:
    async with serving(day.recording(), service=Service(most_sessions=1)) as gateway:
        first = await Client.connect(gateway.port)
        assert (await first.authenticate()).startswith(b"success=1")
        assert b"Connection limit" in await (await Client.connect(gateway.port)).authenticate()
        first.leave()
        await gateway.until(lambda gateway: not gateway.open_sessions)
        assert (await (await Client.connect(gateway.port)).authenticate()).startswith(b"success=1")


def test_it_listens_on_the_loopback_only(day: Day) -> None:
    with pytest.raises(ValueError, match=r"0\.0\.0\.0 is not a loopback address"):
        Gateway(day.recording(), host="0.0.0.0")


async def test_a_taken_port_is_an_error(day: Day) -> None:
    async with serving(day.recording()) as gateway:
        with pytest.raises(OSError, match="in use"):
            await Gateway(day.recording(), port=gateway.port).start()


async def test_closing_it_ends_every_connection(day: Day) -> None:
    async with serving(day.recording()) as gateway:
        await Client.session(gateway, MBO_ALL)
        await Client.connect(gateway.port)
        await gateway.until(lambda gateway: gateway.records_sent)
        await gateway.until(lambda gateway: gateway.open_connections == 2)
    assert gateway.open_connections == 0
    assert [connection.ended for connection in gateway.connections] == ["the gateway closed"] * 2


# --- lines that are wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["schema=mbo2|symbols=GCZ6", "nonsense", "schema=trades|symbols=GCZ6|snapshot=1"])
async def test_a_wrong_line_ends_the_session_with_an_error(day: Day, line: str) -> None:
    async with serving(day.recording()) as gateway:
        early = await Client.session(gateway, line)
        late = await Client.session(gateway, MBO_ALL)
        await late.until(lambda stream: stream.count(Schema.MBO))
        late.say(line)
        for client in (early, late):
            stream = await client.to_the_end()
            assert [code for code, _ in stream.errors()] == [INVALID]


async def test_starting_twice_is_an_error(day: Day) -> None:
    async with serving(day.recording()) as gateway:
        stream = await (await Client.session(gateway, MBO_ALL, "start_session=0")).to_the_end()
    assert stream.errors() == [(INVALID, "The session has been started already")]


async def test_a_replay_cannot_be_asked_for_once_the_session_runs(day: Day) -> None:
    async with serving(day.recording()) as gateway:
        client = await Client.session(gateway)
        client.say(subscription("mbo", start=0))
        assert [code for code, _ in (await client.to_the_end()).errors()] == [INVALID]


# --- replays and snapshots ------------------------------------------------------------------------------------------


async def test_definitions_from_the_start_are_the_whole_table_before_anything_else(day: Day, write: Write) -> None:
    ids = [FIRST_INSTRUMENT, 1, 2]
    raw = [b"GCG4", b"GCJ4", b"GCM4"]
    table = made(DEFINITION, 19, 3, instrument_id=ids, raw_symbol=raw, min_price_increment=TICK)
    names = write("names.dbn", table, schema=Schema.DEFINITION)
    async with serving(day.recording(names), service=ENDS) as gateway:
        asked = (subscription("mbo", SYMBOL, snapshot=1, id=0), subscription("definition", start=0, id=1))
        stream = await (await Client.session(gateway, *asked)).to_the_end()
    control = {Schema.SYMBOL_MAPPING}
    assert [kind for kind in stream.kinds() if kind not in control][:5] == [
        *[Schema.SYSTEM] * 2,
        Schema.DEFINITION,
        Schema.SYSTEM,
        Schema.MBO,
    ]
    assert stream.systems()[-1] == (REPLAYED, "Finished definition replay")
    assert stream.bytes_of(Schema.DEFINITION) == table.tobytes()
    assert stream.bytes_of(Schema.MBO) == day.data


def test_a_snapshot_in_the_middle_is_the_book_and_what_follows_leads_to_the_same_end(day: Day) -> None:
    async def scenario() -> bytes:
        async with serving(day.recording(), service=Service(speed=1.0, close_at_end=True)) as gateway:
            first = await Client.session(gateway, MBO_ALL)
            await first.until(lambda stream: stream.count(Schema.MBO) > len(day.records) // 2)
            late = await Client.session(gateway, subscription("mbo", SYMBOL, snapshot=1))
            whole, _ = await asyncio.gather(late.to_the_end(), first.to_the_end())
        assert first.stream.market_data() == day.data
        return whole.market_data()

    got = np.frombuffer(in_virtual_time(scenario()), MBO)
    held = int(np.argmax(got["flags"] == 168)) + 1
    assert set(got["flags"][: held - 1].tolist()) == {40}
    after = len(day.records) - (len(got) - held)
    assert len(day.records) // 2 < after < len(day.records)
    assert got[held:].tobytes() == day.records[after:].tobytes()
    assert queued(book_of(got[:held], FIRST_INSTRUMENT, TICK)) == queued(
        book_of(day.records[:after], FIRST_INSTRUMENT, TICK)
    )
    assert queued(book_of(got, FIRST_INSTRUMENT, TICK)) == queued(book_of(day.records, FIRST_INSTRUMENT, TICK))


async def test_a_snapshot_may_be_asked_for_while_the_session_runs(day: Day) -> None:
    async with serving(day.recording()) as gateway:
        client = await Client.session(gateway, MBO_ALL)
        await client.until(lambda stream: stream.count(Schema.MBO) == len(day.records))
        client.say(subscription("mbo", SYMBOL, snapshot=1))
        stream = await client.until(lambda stream: stream.batches[-1].records["flags"][-1] == 168)
    again = np.frombuffer(stream.market_data(), MBO)[len(day.records) :]
    assert queued(book_of(again, FIRST_INSTRUMENT, TICK)) == queued(book_of(day.records, FIRST_INSTRUMENT, TICK))


async def test_each_of_several_instruments_gets_its_own_snapshot(write: Write) -> None:
    made_session = session(9, 300, instruments=3)
    async with serving(Recording([write("a.dbn", made_session.array)])) as gateway:
        client = await Client.session(gateway)
        await gateway.until(lambda gateway: gateway.connections[0].started)
        client.say(subscription("mbo", snapshot=1))
        stream = await client.until(lambda stream: stream.count(Schema.MBO) and _ended(stream.records(Schema.MBO)) == 3)
    sent = stream.records(Schema.MBO)
    for number in made_session.truths:
        own = made_session.array[made_session.array["instrument_id"] == number]
        assert queued(book_of(sent, number, TICK)) == queued(book_of(own, number, TICK))


def _ended(records: Records) -> int:
    return int((records["flags"] == 168).sum())


async def test_a_recording_that_begins_in_the_middle_answers_with_an_empty_book(write: Write) -> None:
    records = orders(3)
    async with serving(Recording([write("a.dbn", records)]), service=ENDS) as gateway:
        stream = await (
            await Client.session(gateway, subscription("mbo", "42", "instrument_id", snapshot=1))
        ).to_the_end()
    sent = stream.records(Schema.MBO)
    assert (chr(sent["action"][0]), sent["flags"][0]) == ("R", 168)
    assert sent[1:].tobytes() == records.tobytes()


def test_a_replay_tells_what_came_before_and_goes_on_without_a_gap(day: Day) -> None:
    async def scenario() -> tuple[bytes, list[tuple[int, str]]]:
        async with serving(day.recording(), service=Service(speed=1.0, close_at_end=True)) as gateway:
            first = await Client.session(gateway, MBO_ALL)
            await first.until(lambda stream: stream.count(Schema.MBO) > len(day.records) // 2)
            since = int(day.records["ts_event"][len(day.records) // 3])
            late = await Client.session(gateway, subscription("mbo", start=since))
            stream = await late.to_the_end()
        return stream.market_data(), stream.systems()

    sent, said = in_virtual_time(scenario())
    assert len(sent) % MBO.itemsize == 0
    got = np.frombuffer(sent, MBO)
    since = int(day.records["ts_event"][len(day.records) // 3])
    assert sent == day.records[day.records["ts_event"] >= since].tobytes()
    assert len(got) < len(day.records)
    assert [code for code, _ in said] == [ACKNOWLEDGED, REPLAYED]


# --- time -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", [0.1, 1.0, 20.0])
def test_records_come_when_their_time_has_come(write: Write, speed: float) -> None:
    records = orders(5)
    path = write("a.dbn", records)

    async def scenario() -> list[float]:
        clock = asyncio.get_running_loop().time
        async with serving(Recording([path]), service=Service(speed=speed)) as gateway:
            client = await Client.session(gateway, MBO_ALL)
            arrivals = []
            for count in range(1, 6):
                await client.until(lambda stream, count=count: stream.count(Schema.MBO) >= count)  # type: ignore[misc]
                arrivals.append(clock())
        return arrivals

    arrivals = np.diff(in_virtual_time(scenario()))
    assert arrivals == pytest.approx([1 / speed] * 4, abs=0.003)


def test_a_market_that_runs_does_not_wait_for_a_client_that_was_away(write: Write) -> None:
    path = write("a.dbn", orders(10))

    async def scenario() -> int:
        async with serving(Recording([path]), service=Service(speed=1.0, close_at_end=True)) as gateway:
            first = await Client.session(gateway, MBO_ALL)
            await first.until(lambda stream: stream.count(Schema.MBO) == 2)
            first.leave()
            await gateway.until(lambda gateway: not gateway.open_connections)
            await asyncio.sleep(4)
            again = await Client.session(gateway, MBO_ALL)
            return int((await again.to_the_end()).records(Schema.MBO)["sequence"][0])

    assert in_virtual_time(scenario()) == 6


@pytest.mark.parametrize(("service", "fields", "seconds"), [
    (Service(speed=1.0), {"heartbeat_interval_s": 5}, 5),
    (Service(speed=1.0), {}, 30),
    (Service(speed=1.0, heartbeat_seconds=2), {"heartbeat_interval_s": 5}, 2),
])  # fmt: skip
def test_heartbeats_come_when_nothing_else_does(
    write: Write, service: Service, fields: dict[str, int], seconds: float
) -> None:
    path = write("a.dbn", orders(20))

    async def scenario() -> tuple[list[float], float]:
        clock = asyncio.get_running_loop().time
        async with serving(Recording([path]), service=service) as gateway:
            client = await Client.session(gateway, MBO_ALL, **fields)
            stream = await client.until(lambda stream: stream.count(Schema.MBO) == 20)
            assert HEARTBEAT not in [code for code, _ in stream.systems()]
            arrivals = [clock()]
            for count in (2, 3, 4):
                await client.until(lambda stream, count=count: len(stream.systems()) >= count)  # type: ignore[misc]
                arrivals.append(clock())
            assert client.stream.systems()[1:] == [(HEARTBEAT, "Heartbeat")] * 3
            assert gateway.connections[0].heartbeats == 3
        return arrivals, clock()

    arrivals, _ = in_virtual_time(scenario())
    assert np.diff(arrivals) == pytest.approx([seconds] * 3, abs=0.01)


# --- real data ------------------------------------------------------------------------------------------------------


async def test_old_definitions_arrive_in_the_newest_version(data: Path) -> None:
    async with serving(Recording([data / "esu4-nqu4.definition.dbn.zst"]), service=ENDS) as gateway:
        asked = subscription("definition", "ES.FUT", "parent", start=0)
        stream = await (await Client.session(gateway, asked)).to_the_end()
    (record,) = stream.records(Schema.DEFINITION)
    assert record.dtype == DEFINITION
    assert (record["raw_symbol"], int(record["min_price_increment"])) == (b"ESU4", 250_000_000)
