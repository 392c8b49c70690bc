"""A session told line by line: in market time, each thing once, and nothing of what a replay hurries through."""

from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from engines.events import Phase
from engines.view import MarketView, Print, TradeKind, ViewRequest
from qmo_tui.plain.sentences import Sentences
from qmo_tui.plain.teller import PlainLines
from qmo_tui.session.playback import Playback
from tests.qmo_tui.cockpit.scenes import nothing_yet
from tests.qmo_tui.plain.test_sentences import GOLD, SESSION

SECOND = 1_000_000_000
NOON = 1_767_805_200 * SECOND
"""2026-01-07 12:00 New York."""


def print_of(second: int, size: int, event: int) -> Print:
    return Print(NOON + second * SECOND, "buy", 26_500, 26_500, size, TradeKind.MARKET, event)


def phase(second: int) -> Phase:
    return Phase(ts=NOON + second * SECOND, phase="balance", direction=None, strength=0.5, reasons=())


@dataclass
class Script:
    """A session whose prints, remarks and playing are written down."""

    prints: tuple[Print, ...] = ()
    notes: tuple[str, ...] = ()
    error: str | None = None
    playback: Playback = field(default_factory=Playback)

    def view(self, request: ViewRequest) -> MarketView:
        shown = tuple(one for one in self.prints if one.size >= request.minimum_size)
        return replace(nothing_yet(), sequence=1, instrument=GOLD, prints=shown[-request.prints :])


class Listener:
    """Whoever reads the lines."""

    def __init__(self, script: Script) -> None:
        self.lines: list[str] = []
        self.plain = PlainLines(self.lines.append, ZoneInfo("America/New_York"), Sentences(), least=10)
        self.plain._session = self.script = script
        self.plain.hear(SESSION, b"")
        self.turn()

    def turn(self) -> list[str]:
        told = len(self.lines)
        self.plain.turn()
        return self.lines[told:]


def test_prints_and_events_come_once_in_market_time_with_the_date_before_them() -> None:
    reader = Listener(Script((print_of(0, 99, 1),)))
    assert reader.lines == ["replay --:--:-- market: GCZ6, mbo, replay, from gold.dbn.zst"]
    reader.script.prints += (print_of(5, 9, 2), print_of(7, 12, 3))
    reader.plain.hear(phase(6), b"")
    reader.plain.hear(phase(8), b"")
    assert reader.turn() == [
        "replay 12:00:06 date: 2026-01-07 EST",
        "replay 12:00:06 phase: balance",
        "replay 12:00:07 print: buy 12 lots at 2650.0",
        "replay 12:00:08 phase: balance",
    ]
    assert reader.turn() == []


def test_where_more_prints_came_than_are_kept_that_is_said_even_if_none_of_those_left_is_large() -> None:
    reader = Listener(Script((print_of(0, 99, 1),)))
    reader.script.prints = (print_of(5, 2, 5), print_of(6, 3, 6))
    assert reader.turn()[1:] == ["replay 12:00:05 more prints came than can be told"]
    reader.script.prints = (print_of(6, 3, 6), print_of(7, 12, 7))
    assert reader.turn() == ["replay 12:00:07 print: buy 12 lots at 2650.0"]
    reader.script.prints = ()  # as where other engines begin
    assert reader.turn() == []


def test_what_a_replay_hurries_through_is_not_told() -> None:
    reader = Listener(Script((print_of(0, 99, 1),)))
    reader.script.playback = replace(reader.script.playback, seeking=True)
    reader.plain.hear(phase(100), b"")
    reader.script.prints += (print_of(100, 50, 2),)
    assert reader.turn() == []
    reader.script.playback = Playback()
    reader.plain.hear(phase(200), b"")
    assert reader.turn()[1:] == ["replay 12:03:20 phase: balance"]


def test_a_replay_that_goes_back_says_so_and_tells_anew() -> None:
    reader = Listener(Script((print_of(50, 99, 1),)))
    reader.script.prints = (print_of(0, 99, 1),)
    reader.plain.restart()
    assert reader.turn() == ["replay --:--:-- the replay went back"]
    reader.script.prints += (print_of(1, 30, 2),)
    assert reader.turn()[1:] == ["replay 12:00:01 print: buy 30 lots at 2650.0"]


def test_remarks_are_told_once_and_so_is_the_end() -> None:
    reader = Listener(Script(notes=("learning: 04:10 of 08:00",)))
    reader.script.notes = ("learning: 05:20 of 08:00", "bad\x1b[2Jbytes ignored")
    assert reader.turn() == ["replay --:--:-- note: bad?[2Jbytes ignored"]
    reader.script.error = "the file is cut"
    assert reader.turn() == ["replay --:--:-- the feed has ended: the file is cut"]
    assert reader.turn() == []
