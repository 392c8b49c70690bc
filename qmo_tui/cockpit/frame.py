"""Everything one frame of the cockpit shows, frozen, so that painting is a function of it and of a size."""

from dataclasses import dataclass, field
from datetime import tzinfo
from zoneinfo import ZoneInfo

from engines.events import Event, PillarName
from engines.view import MarketView, ZoneKind
from qmo_tui.cockpit.alert import ToldAlert
from qmo_tui.cockpit.choices import Beneath, ChartKind, LadderColumn
from qmo_tui.cockpit.command_choice import CommandChoice
from qmo_tui.cockpit.meter import Reading
from qmo_tui.cockpit.painting.heading import Focus
from qmo_tui.session.line import Line
from qmo_tui.session.playback import Playback
from qmo_tui.session.said import ToldLine

NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the screen is painted.

    Attributes:
        frames_per_second: Frames painted in a second.
        reason: Why it is less often than wanted; None while it is not.
        worst_lag: Seconds by which the loop woke late at worst lately; None until that is known.
    """

    frames_per_second: int = 10
    reason: str | None = None
    worst_lag: float | None = None


@dataclass(frozen=True, slots=True)
class ZoneChoice:
    """Which zones are looked at.

    Attributes:
        kind: The only kind that is shown; None shows all.
        selected: Id of the zone that the table's marker stands at.
        opened: Id of the zone that is opened.
        scrolled: Rows that the opened zone is scrolled down.
    """

    kind: ZoneKind | None = None
    selected: str | None = None
    opened: str | None = None
    scrolled: int = 0


@dataclass(frozen=True, slots=True)
class ReasonPlace:
    """A reason by its pillar and its number there."""

    pillar: PillarName
    place: int


@dataclass(frozen=True, slots=True)
class WhyChoice:
    """Whether the reasons of the pillars are shown, and at which of them the marker stands."""

    is_open: bool = False
    selected: ReasonPlace | None = None


@dataclass(frozen=True, slots=True)
class ReadPoint:
    """A bar, by the first nanosecond of its interval, and a price."""

    start: int
    tick: int


@dataclass(frozen=True, slots=True)
class ChartChoice:
    """What the chart shows.

    Attributes:
        footprint_top: Highest price of the footprint; None centres it on the market.
        reading: Where the crosshair stands; None while it is off.
    """

    kind: ChartKind = "candles"
    beneath: Beneath = "delta"
    footprint_top: int | None = None
    reading: ReadPoint | None = None


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """The list in which the ladder's columns are chosen: all of them in their order, and at which the marker stands."""

    order: tuple[LadderColumn, ...]
    shown: frozenset[LadderColumn]
    selected: int


@dataclass(frozen=True, slots=True)
class LogPage:
    """The lines of the log that are shown.

    Attributes:
        lines: Oldest first.
        kind: The only kind that is shown; None shows all.
        later: Newer lines that are scrolled out of sight.
        total: Lines of the kind that are kept.
    """

    lines: tuple[Event | ToldLine, ...] = ()
    kind: str | None = None
    later: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """One moment of the cockpit.

    Attributes:
        playback: Where the transport of a replay stands.
        line: How the line to the market stands; None in a replay.
        source: File names or feed address.
        error: Why the feed ended.
        notes: Lasting remarks about the data.
        message: Answer to the last key, shown for some seconds.
        zone: Time zone of the clocks.
        meter: What the screen costs, while that is shown.
        ladder_note: What the ladder just did by itself.
        tape_minimum: Smallest print that the tape shows, lots.
        big_print: Size from which a print is emphasised, lots; None where nobody said and it is not known yet.
        zones: Which zones are looked at.
        chart: What the chart shows.
        why: The reasons of the pillars.
        levels: Whether Gann levels stand on chart and ladder.
        read_only: Why nothing can be traded here; empty where it can.
        watched: Whether what another process serves is only looked at.
        refusal: Why a key of trading was refused, or a prompt went away, while that is news.
        cursor: Tick of the ladder's price cursor; None while there is none.
        loop_from: Where a loop will begin whose end is not set yet; None otherwise.
        commands: The command list; None while it is closed.
        help_page: Which page of the keys is shown, from 0.
        focus: The pane that the arrows act on.
        flash: What the notice row calls out, for a moment; empty for nothing.
        muted: Whether alerts make no noise.
        told_alerts: The newest alerts, oldest first.
        price_alerts: Ticks at which the trader wants to be called, the lowest first.
        ladder_columns: Columns of the ladder that were chosen; empty for as many as fit.
        recent_seconds: Over which the ladder adds up what traded lately.
        column_choice: The list of the ladder's columns; None while it is closed.
        tape_newest: Matching event of the newest print on the tape; None while it follows the market.
        log: What the session said, where the log is shown.
    """

    view: MarketView
    playback: Playback = field(default_factory=Playback)
    line: Line | None = None
    source: str = ""
    records_per_second: float = 0.0
    error: str | None = None
    notes: tuple[str, ...] = ()
    message: str | None = None
    zone: tzinfo = NEW_YORK
    pace: Pace = field(default_factory=Pace)
    meter: Reading | None = None
    ladder_note: str | None = None
    tape_minimum: int = 1
    big_print: int | None = None
    zones: ZoneChoice = field(default_factory=ZoneChoice)
    chart: ChartChoice = field(default_factory=ChartChoice)
    why: WhyChoice = field(default_factory=WhyChoice)
    levels: bool = True
    read_only: str = ""
    watched: bool = False
    refusal: str = ""
    cursor: int | None = None
    loop_from: int | None = None
    commands: CommandChoice | None = None
    help_page: int = 0
    focus: Focus = field(default_factory=Focus)
    flash: str = ""
    muted: bool = False
    told_alerts: tuple[ToldAlert, ...] = ()
    price_alerts: tuple[int, ...] = ()
    ladder_columns: tuple[LadderColumn, ...] = ()
    recent_seconds: int = 30
    column_choice: ColumnChoice | None = None
    tape_newest: int | None = None
    log: LogPage = field(default_factory=LogPage)
