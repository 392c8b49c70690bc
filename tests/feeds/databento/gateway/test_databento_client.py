"""The unmodified `databento.Live` as a client of the gateway, with its own threads and words for what it sees."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import databento
import numpy as np
import pytest
from databento import BentoError
from databento_dbn import Compression, ErrorMsg, MBOMsg, SystemMsg

from feeds.databento.gateway import (
    Cut,
    Deny,
    End,
    Fault,
    Gateway,
    HalfHeader,
    RejectKey,
    Service,
    Skip,
    Truncate,
    When,
    first,
)
from feeds.recording import Recording
from feeds.records import MBO
from tests.market.files import SYMBOL
from tests.market.sessions import FIRST_INSTRUMENT, TICK

from .conftest import Day
from .test_resting import book_of, queued

KEY = "db-ThisKeyBelongsToNobodyAtAll99"
PATIENCE_SECONDS = 20
ENDS = Service(close_at_end=True)


@dataclass
class Heard:
    """What a client heard: its records, its map of symbols, its metadata."""

    records: list[Any] = field(default_factory=list)
    symbols: dict[int, str | int] = field(default_factory=dict)
    metadata: Any = None

    def orders(self) -> bytes:
        return b"".join(bytes(record) for record in self.records if isinstance(record, MBOMsg))

    def systems(self) -> list[SystemMsg]:
        return [record for record in self.records if isinstance(record, SystemMsg)]

    def errors(self) -> list[str]:
        return [record.err for record in self.records if isinstance(record, ErrorMsg)]


def listen(
    gateway: Gateway,
    heard: Heard,
    *,
    key: str = KEY,
    symbols: str = SYMBOL,
    stype_in: str = "raw_symbol",
    starts: bool = True,
    enough: Callable[[Heard], object] | None = None,
    **options: Any,
) -> None:
    """Subscribe to orders with a snapshot, and hear everything until the gateway ends or it is enough."""
    live = databento.Live(key=key, gateway="127.0.0.1", port=gateway.port, **options)

    def take(record: Any) -> None:
        heard.records.append(record)
        heard.symbols = dict(live.symbology_map)
        heard.metadata = live.metadata
        if enough is not None and enough(heard):
            live.stop()

    live.add_callback(take)
    live.subscribe("GLBX.MDP3", "mbo", symbols, stype_in, snapshot=True)
    if starts:
        live.start()
    live.block_for_close(timeout=PATIENCE_SECONDS)


async def hear(recording: Recording, *faults: Fault, service: Service = ENDS, **options: Any) -> Heard:
    heard = Heard()
    async with Gateway(recording, faults, service) as gateway:
        await asyncio.to_thread(listen, gateway, heard, **options)
    return heard


async def hear_the_break(recording: Recording, *faults: Fault, **options: Any) -> tuple[str, Heard]:
    """Return what the client says of a session that ends with an error, and what it heard before."""
    heard = Heard()
    async with Gateway(recording, faults, ENDS) as gateway:
        with pytest.raises(BentoError) as caught:
            await asyncio.to_thread(listen, gateway, heard, **options)
    return str(caught.value), heard


async def test_a_real_session_arrives_byte_for_byte(data: Path) -> None:
    recording = Recording([data / "esh4-20231225.mbo.dbn.zst"])
    heard = await hear(recording, symbols="ES.FUT", stype_in="parent")
    assert heard.orders() == b"".join(batch.records.tobytes() for batch in recording.batches())
    assert heard.symbols == {17_077: "ESH4"}


async def test_a_generated_session_arrives_byte_for_byte(day: Day) -> None:
    heard = await hear(day.recording(), symbols="GC.v.0", stype_in="continuous")
    assert heard.orders() == day.data
    assert heard.symbols == {FIRST_INSTRUMENT: SYMBOL}
    assert (heard.metadata.dataset, heard.metadata.version, heard.metadata.schema) == ("GLBX.MDP3", 3, None)
    assert [message.msg for message in heard.systems()] == ["Subscription request 0 for mbo data succeeded"]


async def test_a_compressed_session_arrives_the_same(day: Day) -> None:
    assert (await hear(day.recording(), compression=Compression.ZSTD)).orders() == day.data


async def test_send_times_arrive_with_every_record(day: Day) -> None:
    heard = await hear(day.recording(), ts_out=True)
    assert [record.ts_out for record in heard.records if isinstance(record, MBOMsg)][-1] == day.records["ts_recv"][-1]
    assert all(record.ts_out for record in heard.records)


async def test_restamped_records_are_of_now(day: Day) -> None:
    before = time.time_ns()
    heard = await hear(day.recording(), service=Service(restamp=True, close_at_end=True))
    opened = int(np.argmax(day.records["flags"] & 32 == 0))
    live = [record for record in heard.records if isinstance(record, MBOMsg)][opened]
    assert before <= live.ts_recv <= time.time_ns()


async def test_the_key_is_checked(day: Day) -> None:
    heard = Heard()
    async with Gateway(day.recording(), (), Service(key=KEY, close_at_end=True)) as gateway:
        with pytest.raises(BentoError, match=r"^Authentication failed\.$"):
            await asyncio.to_thread(listen, gateway, heard, key="db-AnotherKeyThatIsNotTheRightOne")
        await asyncio.to_thread(listen, gateway, heard)
    assert heard.orders() == day.data


@pytest.mark.parametrize("when", list(When))
async def test_a_denied_schema_is_an_error_of_the_session(day: Day, when: When) -> None:
    told, heard = await hear_the_break(day.recording(), Deny(when=when), starts=when is When.AFTER)
    assert told == "Not authorized for mbo schema"
    assert heard.errors() == ["Not authorized for mbo schema"]
    assert heard.orders() == b""


async def test_an_unknown_symbol_is_told_and_the_others_arrive(day: Day) -> None:
    told, heard = await hear_the_break(day.recording(), symbols=f"NOPE,{SYMBOL}")
    assert told == "Failed to resolve symbol: NOPE"
    assert heard.orders() == day.data


async def test_after_a_cut_a_snapshot_is_the_book_of_that_moment(day: Day) -> None:
    before, after = Heard(), Heard()
    async with Gateway(day.recording(), [Cut(after=1_500, connections=first(1))], ENDS) as gateway:
        await asyncio.to_thread(listen, gateway, before)
        await asyncio.to_thread(listen, gateway, after)
    assert before.orders() == day.data[: 1_500 * MBO.itemsize]
    sent = np.frombuffer(after.orders(), MBO)
    held = int(np.argmax(sent["flags"] == 168)) + 1
    until = len(day.records) - (len(sent) - held)
    snapped, known = (book_of(records, FIRST_INSTRUMENT, TICK) for records in (sent[:held], day.records[:until]))
    assert queued(snapped) == queued(known)


async def test_heartbeats_are_heard(day: Day) -> None:
    service = Service(heartbeat_seconds=0.02)
    heard = await hear(day.recording(), service=service, enough=lambda heard: len(heard.systems()) > 3)
    assert [message.is_heartbeat() for message in heard.systems()][:4] == [False, True, True, True]
    assert heard.orders() == day.data


async def test_skipped_records_are_told(day: Day) -> None:
    told, heard = await hear_the_break(day.recording(), Skip(after=10, count=5))
    assert told == "Skipped 5 records after slow reading"
    assert len(heard.orders()) == len(day.data) - 5 * MBO.itemsize


async def test_an_end_in_order_is_no_error(day: Day) -> None:
    assert (await hear(day.recording(), Cut(after=700))).orders() == day.data[: 700 * MBO.itemsize]


async def test_a_reset_is_an_error(day: Day) -> None:
    told, _ = await hear_the_break(day.recording(), Cut(after=700, how=End.RST))
    assert "Connection reset by peer" in told


async def test_half_a_record_is_never_handed_on(day: Day) -> None:
    assert (await hear(day.recording(), Truncate(after=700))).orders() == day.data[: 700 * MBO.itemsize]


async def test_half_a_header_is_a_session_without_records(day: Day) -> None:
    assert (await hear(day.recording(), HalfHeader())).records == []


async def test_an_account_that_has_not_paid_is_told_so(day: Day) -> None:
    text = "Unable to submit the request because there is an unpaid invoice."
    told, _ = await hear_the_break(day.recording(), RejectKey(text=text))
    assert told == text
