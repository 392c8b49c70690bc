"""One client's connection, from the greeting to its end: who it is, what it wants, and the stream it gets."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, NoReturn, TypeVar

import numpy as np

from feeds.databento.gateway import wire
from feeds.databento.gateway.faults import (
    AfterRecords,
    AgeOut,
    Cut,
    CutSnapshot,
    Deny,
    End,
    Fault,
    ForgetSymbol,
    Garbage,
    Greet,
    HalfHeader,
    IgnoreAuthentication,
    LimitConnections,
    Refuse,
    RejectKey,
    Repeat,
    Revoke,
    Skip,
    Slow,
    Stall,
    Truncate,
    WarnSlowReader,
    When,
    find,
    name_of,
)
from feeds.databento.gateway.messages import ErrorCode, SystemCode, error_message, symbol_mappings, system_message
from feeds.databento.gateway.outlet import Outlet
from feeds.databento.gateway.pacing import Market
from feeds.databento.gateway.pieces import Dress, Piece, Wanted, piece_of, stretch
from feeds.databento.gateway.resting import settled, snapshot
from feeds.databento.gateway.symbols import Directory
from feeds.databento.gateway.tape import Tape
from feeds.dbn import Metadata
from feeds.records import ACTION_CLEAR, DEMO_DATASET, F_SNAPSHOT, Records, Schema

SLICE: Final = 8_192
"""Places of the timeline sent before other sessions get their turn."""
_HEARTBEAT_SECONDS: Final = 30.0
"""Used where the client does not say; the real gateway's own value is not known."""
_CLOCK_STEP_SECONDS: Final = 1e-6
"""Timers may go off this much early; waiting again for less than that would be waiting for nothing."""
_CHALLENGE_BYTES: Final = 24
_LIMIT_TEXT: Final = "Connection limit exceeded: this account has as many open sessions as it may."
_READ_BYTES: Final = 65_536
_SHOWN: Final = 3
"""Symbols of a subscription named in the log."""

_Found = TypeVar("_Found", bound=Fault)


@dataclass(frozen=True, slots=True)
class Service:
    """How a gateway serves.

    Attributes:
        speed: Times real time; None is as fast as possible.
        key: The key that clients must prove; None lets every well-formed answer in.
        restamp: Shift all times so that the first live record is now.
        close_at_end: End sessions when the recording ends; otherwise the market goes quiet, with heartbeats.
        heartbeat_seconds: Idle seconds before a heartbeat, whatever the client asks for.
        most_sessions: Authenticated sessions at a time beyond which keys are rejected; None is any number.
    """

    speed: float | None = None
    key: str | None = field(default=None, repr=False)
    restamp: bool = False
    close_at_end: bool = False
    heartbeat_seconds: float | None = None
    most_sessions: int | None = None


@dataclass(slots=True)
class Connection:
    """What is known of one connection; kept after its end.

    Attributes:
        number: From 1, in the order they came.
        authentication: What the client said of itself; None until it has.
        authenticated: Whether its key was accepted.
        subscriptions: What it subscribed, in order.
        started: Whether its session was started.
        records: Market records sent, those of replays and snapshots included, repetitions excluded.
        bytes: Bytes sent.
        heartbeats: Heartbeats sent.
        struck: Names of the faults that were done to it.
        ended: Why it ended; None while it is open.
    """

    number: int
    authentication: wire.Authentication | None = None
    authenticated: bool = False
    subscriptions: list[wire.Subscription] = field(default_factory=list)
    started: bool = False
    records: int = 0
    bytes: int = 0
    heartbeats: int = 0
    struck: list[str] = field(default_factory=list)
    ended: str | None = None


@dataclass(frozen=True, slots=True)
class House:
    """What all sessions of a gateway share: what is served, how, and who hears of it."""

    tape: Tape
    directory: Directory
    service: Service
    market: Market
    clock: Callable[[], float]
    open_sessions: Callable[[], int]
    sent: Callable[[], None]
    tell: Callable[[Connection, str, str], None]


class _Over(Exception):  # noqa: N818 - not an error: the session has come to its end
    """The session ends, and how."""

    def __init__(self, reason: str, how: End = End.FIN) -> None:
        super().__init__(reason)
        self.how = how


@dataclass(slots=True)
class _Joining:
    """A subscription that takes effect when the session reaches a place."""

    place: int
    subscription: wire.Subscription
    ids: frozenset[int]


class Session:
    """Serves one connection."""

    def __init__(
        self,
        house: House,
        connection: Connection,
        faults: Sequence[Fault],
        *,
        reader: asyncio.StreamReader,
        outlet: Outlet,
    ) -> None:
        self._house = house
        self._tape = house.tape
        self._connection = connection
        self._market = house.market
        self._faults = faults
        self._reader = reader
        self._outlet = outlet
        self._place = 0
        self._dress = Dress()
        self._has_header = False
        self._wanted: dict[Schema, list[Wanted]] = {}
        self._joining: list[_Joining] = []
        self._asked: deque[wire.Subscription] = deque()
        self._lines: list[wire.Subscription] = []
        self._wrong: str | None = None
        self._news = asyncio.Event()
        self._due_faults = deque(
            sorted((fault for fault in faults if isinstance(fault, AfterRecords)), key=lambda fault: fault.after)
        )
        self._recent: deque[bytes] = deque(
            maxlen=max((fault.count for fault in faults if isinstance(fault, Repeat)), default=1)
        )
        self._skip = 0
        self._streams = False

    async def run(self) -> None:
        """Serve until either side ends the connection."""
        try:
            await self._serve()
        except ConnectionError:
            self._connection.ended = self._connection.ended or "the client left"
        finally:
            self._connection.bytes = self._outlet.bytes_sent

    async def _serve(self) -> None:
        try:
            await self._greet()
            await self._authenticate()
            await self._wait_for_start()
            await self._stream_beside_reading()
        except _Over as over:
            self._connection.ended = str(over)
            await self._outlet.finish(over.how)

    # --- text -------------------------------------------------------------------------------------------------------

    async def _greet(self) -> None:
        if self._strike(Refuse):
            raise _Over("refused")
        self._challenge = secrets.token_hex(_CHALLENGE_BYTES)
        greet = self._strike(Greet)
        hello = wire.greeting(self._challenge) if greet is None else wire.greeting(self._challenge, greet.text)
        await self._outlet.send(hello)

    async def _authenticate(self) -> None:
        line = await self._line()
        if self._strike(IgnoreAuthentication):
            await self._fall_silent()
        try:
            said = wire.authentication(wire.fields_of(line))
        except wire.BadLine as error:
            await self._reject(str(error))
        self._connection.authentication = said
        rejected = self._strike(RejectKey)
        if rejected is not None:
            await self._reject(rejected.text)
        if not wire.proves(said.answer, self._challenge, self._house.service.key):
            await self._reject("Authentication failed.")
        dataset = self._house.tape.dataset
        if dataset not in {said.dataset, "", DEMO_DATASET}:
            await self._reject(f"Dataset {said.dataset} is not here: this gateway serves {dataset}")
        most = self._house.service.most_sessions
        full = most is not None and self._house.open_sessions() >= most
        if full or self._has_reached_limit(When.BEFORE):
            await self._reject(_LIMIT_TEXT)
        self._connection.authenticated = True
        self._tell("authenticated", said.client)
        await self._outlet.send(wire.accepted(str(self._connection.number)))
        self._dress = Dress(ts_out=said.ts_out)

    def _has_reached_limit(self, when: When) -> bool:
        limit = find(self._faults, LimitConnections)
        if limit is None or limit.when is not when:
            return False
        self._note(limit)
        return True

    async def _reject(self, error: str) -> NoReturn:
        await self._outlet.send(wire.rejected(error))
        self._tell("rejected", error)
        raise _Over(f"rejected: {error}")

    async def _wait_for_start(self) -> None:
        try:
            while not await self._take_line():
                pass
        except wire.BadLine as error:
            await self._fail(str(error))
        self._connection.started = True
        self._tell("started", "")

    async def _take_line(self) -> bool:
        """Read one line of an authenticated client; return whether it starts the session.

        Raises:
            BadLine: It is nothing that the protocol knows.
        """
        line = await self._line()
        fields = wire.fields_of(line)
        if "start_session" in fields:
            return True
        asked = self._whole(wire.subscription(fields))
        if asked is None:
            return False
        self._connection.subscriptions.append(asked)
        self._tell("subscribed", _described(asked))
        if not self._connection.started:
            await self._deny(asked, When.BEFORE)
        self._asked.append(asked)
        self._news.set()
        return False

    def _whole(self, line: wire.Subscription) -> wire.Subscription | None:
        """Return a subscription with the symbols of all its lines once the last one has come."""
        self._lines.append(line)
        if not line.is_last:
            return None
        symbols = tuple(symbol for one in self._lines for symbol in one.symbols)
        self._lines.clear()
        return replace(line, symbols=symbols)

    async def _line(self) -> bytes:
        try:
            line = await self._reader.readline()
        except ValueError:
            raise _Over("the client sent a line without an end") from None
        if not line.endswith(b"\n"):
            raise _Over("the client left")
        return line

    async def _read_on(self) -> None:
        """Read what the client says beside the stream, which alone may write."""
        while True:
            try:
                again = await self._take_line()
            except wire.BadLine as error:
                self._wrong = str(error)
                self._news.set()
            else:
                self._wrong = "The session has been started already" if again else self._wrong

    # --- the stream -------------------------------------------------------------------------------------------------

    async def _stream_beside_reading(self) -> None:
        streaming = asyncio.ensure_future(self._stream())
        reading = asyncio.ensure_future(self._read_on())
        try:
            await asyncio.wait({streaming, reading}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            streaming.cancel()
            reading.cancel()
            ended = await asyncio.gather(streaming, reading, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _stream(self) -> None:
        self._place = self._market.join()
        self._dress = Dress(self._market.shift, ts_out=self._dress.ts_out)
        await self._send_header()
        if self._has_reached_limit(When.AFTER):
            await self._fail(_LIMIT_TEXT, ErrorCode.CONNECTION_LIMIT_EXCEEDED)
        first = [await self._acknowledged(asked) for asked in self._taken()]
        self._place = self._settled(first)
        await self._put(Piece(), live=False)
        replayed = [one for one in first if one.subscription.start is not None]
        opened = max(self._place, self._tape.opening)
        await self._replay(replayed, opened)
        for one in first:
            one.place = opened if one in replayed else self._place
        self._joining = first
        self._streams = True
        while True:
            await self._admit()
            await self._go_on()

    async def _go_on(self) -> None:
        """Send the next records that are due, or wait for them."""
        stops = [one.place for one in self._joining]
        stop = min(self._market.due(), self._place + SLICE, *stops)
        if stop > self._place:
            await self._put(self._stretch(self._wanted, self._place, stop))
            self._place = stop
            await asyncio.sleep(0)
        elif self._place >= len(self._tape) and self._house.service.close_at_end:
            raise _Over("the recording has ended")
        else:
            await self._rest()

    async def _rest(self) -> None:
        """Wait for the next record, the next line of the client, or the next heartbeat."""
        idle = self._outlet.last_sent + self._heartbeat_seconds() - self._house.clock()
        if idle <= _CLOCK_STEP_SECONDS:
            await self._say(system_message("Heartbeat", SystemCode.HEARTBEAT, self._moment()))
            self._connection.heartbeats += 1
            self._house.sent()
            return
        due = self._market.seconds_until(self._place)
        self._news.clear()
        try:
            await asyncio.wait_for(self._news.wait(), idle if due is None else min(due, idle))
        except TimeoutError:
            return

    def _heartbeat_seconds(self) -> float:
        said = self._connection.authentication
        asked = None if said is None else said.heartbeat_seconds
        return self._house.service.heartbeat_seconds or asked or _HEARTBEAT_SECONDS

    # --- subscriptions ----------------------------------------------------------------------------------------------

    def _taken(self) -> list[wire.Subscription]:
        taken = list(self._asked)
        self._asked.clear()
        return taken

    async def _acknowledged(self, asked: wire.Subscription) -> _Joining:
        """Tell the client what its subscription stands for, symbol by symbol, and acknowledge it."""
        await self._deny(asked, When.AFTER)
        await self._check_start(asked)
        resolved = self._house.directory.resolve(asked)
        forgotten = {fault.symbol.upper() for fault in self._faults if isinstance(fault, ForgetSymbol)}
        mapped = [one for one in resolved.mapped if one[1].upper() not in forgotten]
        unknown = [*resolved.unknown, *sorted({one[1] for one in resolved.mapped} - {one[1] for one in mapped})]
        if len(mapped) < len(resolved.mapped):
            self._strike(ForgetSymbol)
        now = self._moment()
        for symbol in unknown:
            text = f"Failed to resolve symbol: {symbol}"
            await self._say(error_message(text, ErrorCode.SYMBOL_RESOLUTION_FAILED, now))
        if mapped:
            await self._say(symbol_mappings(mapped, now))
        text = f"Subscription request {asked.number or 0} for {asked.schema} data succeeded"
        await self._say(system_message(text, SystemCode.SUBSCRIPTION_ACK, now))
        return _Joining(self._place, asked, frozenset(number for number, _, _ in mapped))

    async def _deny(self, asked: wire.Subscription, when: When) -> None:
        for fault in self._faults:
            if isinstance(fault, Deny) and (fault.schema, fault.when) == (asked.schema, when):
                self._note(fault)
                await self._fail(f"Not authorized for {asked.schema} schema")

    async def _check_start(self, asked: wire.Subscription) -> None:
        if asked.start is None:
            return
        if self._streams:
            await self._fail("Cannot specify start after the session has started")
        aged = find(self._faults, AgeOut)
        if aged is not None and 0 < asked.start < aged.oldest + self._market.shift:
            self._note(aged)
            oldest = datetime.fromtimestamp((aged.oldest + self._market.shift) // 1_000_000_000, UTC)
            text = f"Invalid start time. Must be {oldest:%Y-%m-%dT%H:%M:%SZ} or later, or 0"
            await self._fail(text, ErrorCode.REPLAY_DATA_AGED_OUT)

    async def _admit(self) -> None:
        """Let subscriptions take effect whose place has come, and take in new ones."""
        if self._wrong is not None:
            await self._fail(self._wrong)
        for asked in self._taken():
            one = await self._acknowledged(asked)
            one.place = self._settled([one])
            self._joining.append(one)
        ready = [one for one in self._joining if one.place <= self._place]
        self._joining = [one for one in self._joining if one.place > self._place]
        for one in ready:
            if one.subscription.snapshot:
                await self._send_snapshot(one)
        for one in ready:
            self._wanted.setdefault(one.subscription.schema, []).append(Wanted(one.ids))

    async def _replay(self, replayed: Sequence[_Joining], stop: int) -> None:
        """Send what came before a place, in one pass for all subscriptions, as fast as the client takes it."""
        wanted: dict[Schema, list[Wanted]] = {}
        for one in replayed:
            start = one.subscription.start or 0
            since = max(start - self._market.shift, 0) if start else 0
            wanted.setdefault(one.subscription.schema, []).append(Wanted(one.ids, since))
        if not wanted:
            return
        for start in range(0, stop, SLICE):
            await self._put(self._stretch(wanted, start, min(start + SLICE, stop)), live=False)
            await asyncio.sleep(0)
        for schema in wanted:
            text = f"Finished {schema} replay"
            await self._say(system_message(text, SystemCode.REPLAY_COMPLETED, self._moment()))

    # --- snapshots --------------------------------------------------------------------------------------------------

    def _settled(self, joining: Sequence[_Joining]) -> int:
        """Return the place, from here on, where no matching event is open in the books to be snapped."""
        ids = {number for one in joining if one.subscription.snapshot for number in one.ids}
        place = self._place
        while place:
            before = place
            for number in ids:
                records, places = self._tape.orders_of(number)
                done = int(np.searchsorted(places, place))
                whole = settled(records, done)
                if whole > done:
                    place = int(places[whole - 1]) + 1
            if place == before:
                break
        return place

    async def _send_snapshot(self, one: _Joining) -> None:
        """Send the books as they stand; where the recording begins, it begins with them itself."""
        if Schema.MBO not in self._tape.strips:
            return
        now = self._moment()
        for number in sorted(one.ids):
            records, places = self._tape.orders_of(number)
            done = int(np.searchsorted(places, self._place))
            if done == 0 and _begins_whole(records):
                self._cut_snapshot_of(_snapshot_length(records))
                continue
            made = snapshot(records[:done], number, now)
            self._cut_snapshot_of(len(made))
            places = np.full(len(made), self._place, np.int64)
            await self._put(piece_of([(self._dress.words(made, now), places)]), live=False)

    def _cut_snapshot_of(self, count: int) -> None:
        """Arrange for the connection to end in the middle of a snapshot of so many records that comes next."""
        cut = self._strike(CutSnapshot)
        if cut is not None:
            self._due_faults.appendleft(Cut(after=self._connection.records + count // 2, how=cut.how))

    # --- sending ----------------------------------------------------------------------------------------------------

    def _stretch(self, wanted: Mapping[Schema, Sequence[Wanted]], start: int, stop: int) -> Piece:
        moment = None if self._market.speed is None else self._moment()
        return stretch(self._tape, wanted, start, stop, dress=self._dress, moment=moment)

    def _moment(self) -> int:
        return self._market.moment(self._place)

    async def _send_header(self) -> None:
        said = self._connection.authentication
        dataset = self._tape.dataset or ("" if said is None else said.dataset)
        if said is not None and said.zstd:
            self._outlet.compress()
        start = self._moment() + self._market.shift
        header = Metadata(dataset=dataset, start=start, stype_in=None, ts_out=self._dress.ts_out).encode()
        if self._strike(HalfHeader):
            await self._outlet.send(header[: len(header) // 2])
            raise _Over("fault: half-header")
        self._has_header = True
        await self._outlet.send(header)

    async def _say(self, messages: Records) -> None:
        words = self._dress.words(messages, self._moment())
        await self._outlet.send(np.ascontiguousarray(words).tobytes())

    async def _fail(self, text: str, code: ErrorCode = ErrorCode.INVALID_SUBSCRIPTION) -> NoReturn:
        """End the session with an error, which a client understands only after a header."""
        if not self._has_header:
            await self._send_header()
        await self._say(error_message(text, code, self._moment()))
        raise _Over(f"error: {text}")

    async def _put(self, piece: Piece, *, live: bool = True) -> None:
        """Send market records, and do what is to go wrong on the way."""
        piece = self._without_skipped(piece)
        while self._due_faults:
            room = self._due_faults[0].after - self._connection.records
            if len(piece) < room:
                break
            whole, piece = piece.split(max(room, 0))
            await self._send(whole)
            if live and len(whole):
                self._place = int(whole.places[-1]) + 1
            await self._do(self._due_faults.popleft(), piece)
            piece = self._without_skipped(piece)
        await self._send(piece)

    def _without_skipped(self, piece: Piece) -> Piece:
        skipped = min(self._skip, len(piece))
        self._skip -= skipped
        return piece.split(skipped)[1] if skipped else piece

    async def _send(self, piece: Piece) -> None:
        if len(piece):
            if self._due_faults:
                _, last = piece.split(max(0, len(piece) - (self._recent.maxlen or 1)))
                self._recent.extend(last.records())
            await self._outlet.send(piece.data)
            self._connection.records += len(piece)
            self._house.sent()

    async def _do(self, fault: AfterRecords, rest: Piece) -> None:
        """Do one thing wrong between two records; `rest` is what would come next."""
        self._note(fault)
        match fault:
            case Cut():
                self._market.wait_at(self._place + fault.missed)
                raise _Over(f"fault: cut by {fault.how}", fault.how)
            case Revoke():
                await self._fail("User or API key deactivated", ErrorCode.API_KEY_DEACTIVATED)
            case Stall():
                self._market.wait_at(self._place)
                await asyncio.Event().wait()
            case Slow():
                self._outlet.bytes_per_second = fault.bytes_per_second
            case Garbage():
                self._market.wait_at(self._place)
                await self._outlet.send(bytes(fault.count))
            case Repeat():
                await self._outlet.send(b"".join(list(self._recent)[-fault.count :]))
            case Truncate():
                record = (rest.split(1)[0].records() or list(self._recent) or [bytes(56)])[-1]
                self._market.wait_at(self._place)
                await self._outlet.send(record[: len(record) // 2])
                raise _Over("fault: truncate")
            case Skip():
                self._skip = fault.count
                text = f"Skipped {fault.count} records after slow reading"
                await self._say(error_message(text, ErrorCode.SKIPPED_RECORDS_AFTER_SLOW_READING, self._moment()))
            case WarnSlowReader():
                text = "Reading too slowly: the session is behind"
                await self._say(system_message(text, SystemCode.SLOW_READER_WARNING, self._moment()))

    # --- faults and the log -----------------------------------------------------------------------------------------

    def _strike(self, kind: type[_Found]) -> _Found | None:
        """Return the fault of a kind that is meant for this connection, and note that it is done."""
        fault = find(self._faults, kind)
        if fault is not None:
            self._note(fault)
        return fault

    def _note(self, fault: Fault) -> None:
        self._connection.struck.append(name_of(fault))
        self._tell("fault", name_of(fault))

    def _tell(self, what: str, detail: str) -> None:
        self._house.tell(self._connection, what, detail)

    async def _fall_silent(self) -> NoReturn:
        """Say nothing until the client has had enough."""
        while await self._reader.read(_READ_BYTES):
            pass
        raise _Over("the client left")


def _begins_whole(records: Records) -> bool:
    """Whether an instrument's records tell all its orders from their first one on."""
    return len(records) > 0 and bool(records["flags"][0] & F_SNAPSHOT or records["action"][0] == ACTION_CLEAR)


def _snapshot_length(records: Records) -> int:
    """Count the leading records that are a snapshot."""
    live = np.flatnonzero((records["flags"] & F_SNAPSHOT) == 0)
    return int(live[0]) if len(live) else len(records)


def _described(asked: wire.Subscription) -> str:
    extras = [] if asked.start is None else [f"from {asked.start}"]
    extras += ["with snapshot"] if asked.snapshot else []
    shown = ",".join(asked.symbols[:_SHOWN]) + (",..." if len(asked.symbols) > _SHOWN else "")
    return " ".join([asked.schema, shown, f"({asked.stype_in})", *extras])
