"""Markets written down by hand, and a desk that walks through one: what the cockpit is shown in its tests."""

from dataclasses import replace

from engines.events import AggressorSide
from engines.execution.commands import Command
from engines.view import (
    BarRow,
    BookState,
    CompositeProfile,
    DevelopedProfile,
    Health,
    IcebergMark,
    LadderRow,
    MarketPhase,
    MarketView,
    NakedPoc,
    Print,
    Profile,
    SessionProfile,
    StopMark,
    TradeKind,
    ViewRequest,
)
from feeds.instrument import Instrument
from feeds.records import Provenance
from feeds.replay import Step
from qmo_tui.session.landmarks import Landmark, Sought
from qmo_tui.session.line import Line
from qmo_tui.session.playback import Playback

SECOND = 1_000_000_000
START = 1_703_545_803 * SECOND + 123_456_789
"""Mon 25 Dec 2023, 18:10:03.123 in New York, 23:10:03 UTC."""
ES = Instrument(symbol="ESH4", instrument_id=17077, tick=250_000_000, multiplier=50.0, dataset="GLBX.MDP3")
GC = Instrument(symbol="GCG4", instrument_id=1, tick=100_000_000, multiplier=100.0, dataset="GLBX.MDP3")
CENTRE = 19_240
"""Tick of 4810.00."""


def size_at(tick: int, salt: int = 0) -> int:
    """Return lots for a price: uneven, and the same each time."""
    return (tick * 7_919 + salt * 104_729) % 97 + (tick * 31 + salt) % 13


def ladder_rows(top: int, count: int, best_bid: int, best_ask: int) -> tuple[LadderRow, ...]:
    """Return prices from the top down with a book around the touch and volume near it."""
    rows = []
    for tick in range(top, top - count, -1):
        near = max(0, 14 - abs(tick - best_bid)) ** 2
        rows.append(
            LadderRow(
                tick=tick,
                bid=size_at(tick) if tick <= best_bid else 0,
                bid_orders=size_at(tick) // 3 + 1 if tick <= best_bid else 0,
                ask=size_at(tick, 1) if tick >= best_ask else 0,
                ask_orders=size_at(tick, 1) // 3 + 1 if tick >= best_ask else 0,
                buy=near * size_at(tick, 2) // 20,
                sell=near * size_at(tick, 3) // 20,
                none=near // 8,
            )
        )
    return tuple(rows)


def path_at(step: int) -> int:
    """Return where the market trades at a step: a wander of some twenty ticks that begins at the centre."""
    return CENTRE + (step * 5 % 23 - step * 3 % 17 if step else 0) // 2 + step // 40


def side_of(number: int) -> AggressorSide | None:
    """Return the aggressor of a print."""
    if number % 29 == 28:
        return None
    return "buy" if path_at(number) >= path_at(number - 1) else "sell"


def prints_until(step: int, count: int) -> tuple[Print, ...]:
    """Return the newest prints, oldest first; some sweep, some are stops."""
    made = []
    for number in range(max(0, step - count), step):
        last = path_at(number)
        kind = TradeKind.STOP if number % 7 == 3 else TradeKind.MODIFIED_LIMIT if number % 11 == 5 else TradeKind.MARKET
        side = side_of(number)
        made.append(
            Print(
                ts=START + number * SECOND + number % 9 * 111_000_000,
                side=side,
                first=last if number % 5 else last + (-2 if side == "buy" else 2),
                last=last,
                size=number * 37 % 41 + 1,
                kind=kind,
                event=number,
            )
        )
    return tuple(made)


def bars_until(step: int, count: int, seconds: int = 60) -> tuple[BarRow, ...]:
    """Return bars, the newest one open; each follows from the one before it."""
    newest = (START + step * SECOND) // (seconds * SECOND)
    bars = []
    for number in range(newest - count + 1, newest + 1):
        opened, closed = path_at(number % 400), path_at(number % 400 + 1)
        bars.append(
            BarRow(
                start=number * seconds * SECOND,
                open=opened,
                high=max(opened, closed) + number % 4,
                low=min(opened, closed) - number % 3,
                close=closed,
                volume=number * 53 % 190 + 10,
                buy=number * 29 % 100,
                sell=number * 23 % 90,
                none=0,
                trades=number % 50 + 1,
                cvd=number % 300 - 150,
                complete=number < newest,
            )
        )
    return tuple(bars)


def profile_beside(bars: tuple[BarRow, ...]) -> Profile:
    """Return a profile around the centre that grew downwards while the bars went by."""
    ticks = range(CENTRE - 12, CENTRE + 11)
    return Profile(
        session=SessionProfile(
            since=START - 600 * SECOND,
            volume=9_892,
            low=ticks[0],
            high=ticks[-1],
            poc=CENTRE + 2,
            value_low=CENTRE - 4,
            value_high=CENTRE + 5,
            vwap=CENTRE + 0.4,
            deviation=3.7,
            high_nodes=(CENTRE - 6, CENTRE + 2),
            low_nodes=(CENTRE - 3,),
        ),
        composite=CompositeProfile(3, 402_118, CENTRE - 90, CENTRE + 40, CENTRE - 11, CENTRE - 30, CENTRE + 9),
        naked=(NakedPoc(START - 90_000 * SECOND, CENTRE + 9),),
        path=tuple(
            DevelopedProfile(
                bar.start, CENTRE + 2, CENTRE - 1 - place // 9, CENTRE + 5, CENTRE + 2.9 - place / 12, 1.5 + place / 30
            )
            for place, bar in enumerate(bars)
        ),
        lots_low=ticks[0],
        lots=tuple(max(0, 15 - abs(tick - CENTRE - 2)) ** 2 * (20 + tick % 3) for tick in ticks),
    )


def icebergs_at(ts: int) -> tuple[IcebergMark, ...]:
    """Return a live bid iceberg, a live ask iceberg and one that has been filled."""
    minute = 60 * SECOND
    return (
        IcebergMark("n3", 3, "ask", CENTRE + 7, 0, 4, 96, 24, "executed", ts - 14 * minute, ts - 20 * SECOND),
        IcebergMark("n1", 1, "bid", CENTRE - 3, 5, 5, 142, 29, "traded", ts - 9 * minute, ts - SECOND),
        IcebergMark("n2", 2, "ask", CENTRE + 5, 9, None, 40, 6, "detected", ts - 4 * minute, ts),
    )


def market(step: int = 0, request: ViewRequest | None = None) -> MarketView:
    """Return the market at a step, with what the request asks for."""
    request = request or ViewRequest(ladder_rows=21, prints=30, bars=60)
    last = path_at(step)
    top = request.ladder_top if request.ladder_top is not None else last + request.ladder_rows // 2
    now = START + step * SECOND
    bars = bars_until(step, request.bars)
    return MarketView(
        sequence=41_208 + step,
        instrument=ES,
        provenance=Provenance.REPLAY,
        schema="mbo",
        event_time=now,
        receive_time=now + 812_000,
        phase=MarketPhase.CONTINUOUS,
        book=BookState.VALID,
        best_bid=last,
        best_bid_size=size_at(last),
        best_ask=last + 1,
        best_ask_size=size_at(last + 1, 1),
        last=last,
        last_side="sell" if step % 2 else "buy",
        last_size=step % 9 + 1,
        volume=9_892 + step,
        delta=-123 + step,
        trades=2_711 + step,
        resting_orders=11_217,
        ladder=ladder_rows(top, request.ladder_rows, last, last + 1),
        prints=prints_until(max(60, step), request.prints),
        interval=request.interval,
        bars=bars,
        profile=profile_beside(bars) if request.profile else None,
        icebergs=icebergs_at(now),
        stops=(StopMark(now - 120 * SECOND, "buy", 6, 19, last, last + 3), StopMark(now, "sell", 1, 2, last, last)),
    )


def auction(request: ViewRequest | None = None) -> MarketView:
    """Return a crossed pre-open book in which nothing has traded."""
    view = market(0, request)
    return replace(
        view,
        phase=MarketPhase.AUCTION,
        best_bid=CENTRE + 4,
        best_ask=CENTRE - 4,
        last=None,
        last_side=None,
        last_size=None,
        prints=(),
        bars=(),
        icebergs=(),
        stops=(),
        health=Health(unknown_orders=3, crossed_events=1),
    )


def nothing_yet() -> MarketView:
    """Return the view before the first record."""
    return MarketView(
        sequence=0,
        instrument=None,
        provenance=Provenance.REPLAY,
        schema=None,
        event_time=None,
        receive_time=None,
        phase=MarketPhase.UNKNOWN,
        book=BookState.EMPTY,
    )


class ScriptedTransport:
    """A transport that writes down what it is told; a step of a second or a seek moves the market."""

    def __init__(self) -> None:
        self.paused = False
        self.speed: float | None = 60.0
        self.finished = False
        self.seeking = False
        self.start: int | None = START
        self.end: int | None = START + 7_000 * SECOND
        self.searching = self.halted = ""
        self.loop: tuple[int, int] | None = None
        self.endless = False
        self.told: list[str] = []
        self.second = 0

    @property
    def position(self) -> int | None:
        return None if self.start is None else START + self.second * SECOND

    @property
    def furthest(self) -> int | None:
        return self.position

    def pause(self) -> None:
        self.searching = ""
        self.paused = True
        self.told.append("pause")

    def resume(self) -> None:
        self.paused = False
        self.told.append("resume")

    def set_speed(self, speed: float | None) -> None:
        self.speed = speed
        self.told.append(f"speed {speed}")

    def step(self, unit: Step) -> None:
        self.paused = True
        self.second += {Step.EVENT: 1, Step.SECOND: 1, Step.MINUTE: 60}[unit]
        self.told.append(f"step {unit}")

    def seek(self, ts: int) -> None:
        self.second = (ts - START) // SECOND
        self.told.append(f"seek {self.second}")

    def repeat(self, loop: tuple[int, int] | None) -> None:
        self.loop = loop
        self.told.append("loop off" if loop is None else f"loop {[(ts - START) // SECOND for ts in loop]}")


class ScriptedDesk:
    """A desk whose market stands at the transport's position, or shows one given view."""

    def __init__(self, view: MarketView | None = None) -> None:
        self.source = "esh4-20231225.mbo.dbn.zst"
        self.script = ScriptedTransport()
        self.transport: ScriptedTransport | None = self.script
        self.line: Line | None = None
        self.records_per_second = 12_345.0
        self.error: str | None = None
        self.notes: tuple[str, ...] = ()
        self.watched = False
        self.read_only = "a scripted market takes no orders"
        self.pressed: list[Command] = []
        self.requests: list[ViewRequest] = []
        self.landmarks: tuple[Landmark, ...] = ()
        self.still = view

    @property
    def playback(self) -> Playback | None:
        return None if self.transport is None else Playback.of(self.transport, self.landmarks)

    def seek_next(self, wanted: Sought) -> None:
        self.script.searching = wanted
        self.script.told.append(f"seek next {wanted}")

    def press(self, command: Command) -> None:
        self.pressed.append(command)

    def toggle_recording(self) -> str:
        return "recording"

    def view(self, request: ViewRequest) -> MarketView:
        self.requests.append(request)
        return self.still if self.still is not None else market(self.script.second, request)
