"""What one frame shows: the newest view of the market, pulled with the trader's wish, beside all that keys chose."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from engines.view import MarketView, ViewRequest
from qmo_tui.cockpit.alarm import Alarm
from qmo_tui.cockpit.column_keys import ColumnKeys
from qmo_tui.cockpit.command_list import CommandList
from qmo_tui.cockpit.desk import Desk
from qmo_tui.cockpit.frame import Frame, Pace
from qmo_tui.cockpit.frame_loop import FrameLoop
from qmo_tui.cockpit.layout_keys import LayoutKeys
from qmo_tui.cockpit.looking import Looking
from qmo_tui.cockpit.message import Message
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.painting.chart_kinds import bars_of_chart
from qmo_tui.cockpit.painting.footprint_chart import footprint_rows
from qmo_tui.cockpit.painting.ladder import ladder_height
from qmo_tui.cockpit.painting.prompt import armed_prompt
from qmo_tui.cockpit.playing import TransportKeys
from qmo_tui.cockpit.price_alerts import PriceAlerts
from qmo_tui.cockpit.reading_keys import ReadingKeys
from qmo_tui.cockpit.screen import CockpitScreen
from qmo_tui.cockpit.trading_keys import TradingKeys
from qmo_tui.session.playback import Playback


@dataclass(slots=True, kw_only=True)
class Framing:
    """Pulls views and makes frames of them, out of what the desk says and what each set of keys has chosen.

    Attributes:
        view: The view that was pulled last; None before the first.
    """

    desk: Desk
    options: CockpitOptions
    clock: Callable[[], float]
    screen: CockpitScreen
    looking: Looking
    trading: TradingKeys
    playing: TransportKeys
    layout: LayoutKeys
    reading: ReadingKeys
    columns: ColumnKeys
    command_list: CommandList
    price_alerts: PriceAlerts
    alarm: Alarm
    message: Message
    loop: FrameLoop
    view: MarketView | None = None
    _request: ViewRequest | None = None

    def pull(self) -> MarketView | None:
        """Return the newest view; the same object again while the market and the wish are the same.

        While the answer to a new wish is on its way the view of the last one stays; None before the first.
        Views are compared whole: without a record a broken line makes a book suspect, and a quote moves a price.
        """
        request = self._wish()
        view = self.desk.view(request)
        if view is None:
            return self.view
        window = self.looking.window
        window.frozen = not self.desk.read_only and armed_prompt(view.trading) is not None
        if window.follow(view, self.clock()):
            request = self._wish()
            centred = self.desk.view(request)
            if centred is not None:
                view = centred
                window.follow(view, self.clock())
        if self.view is not None and request == self._request and view == self.view:
            return self.view
        self.view, self._request = view, request
        self._let_follow(view)
        return view

    def chosen(self) -> MarketView | None:
        """Return the view that is shown while it still is what is wished for; else the newest.

        What a key chose is seen sooner on it: all panes painted anew take several times as long, and the next frame in
        turn does that.
        """
        return self.view if self._wish() == self._request else self.pull()

    def frame_of(self, view: MarketView) -> Frame:
        """Return all that is shown beside a view."""
        desk, options, screen, looking, now = self.desk, self.options, self.screen, self.looking, self.clock()
        rate = self.loop.rate
        return Frame(
            view=view,
            playback=desk.playback or Playback(),
            line=desk.line,
            source=desk.source,
            records_per_second=desk.records_per_second,
            error=desk.error,
            notes=(*desk.notes, *options.notes),
            message=self.message.text,
            zone=options.zone,
            meter=self.loop.meter.read() if screen.is_metered else None,
            pace=Pace(rate.frames_per_second, rate.reason, rate.worst_lag if screen.panes["health"].room else None),
            ladder_note=looking.window.note(now),
            tape_minimum=looking.tape_minimum,
            big_print=options.big_print or (view.flow.big_print if view.flow is not None else None),
            zones=self.reading.zones.choice,
            chart=replace(looking.chart, reading=self.reading.crosshair.point),
            why=self.reading.why.choice,
            levels=looking.levels,
            read_only=desk.read_only,
            watched=desk.watched,
            refusal=self.trading.refusal(now),
            cursor=looking.cursor.tick,
            loop_from=self.playing.loop_from,
            commands=self.command_list.choice,
            help_page=screen.help_page,
            focus=self.layout.focus,
            flash=self.alarm.flash(now),
            muted=self.alarm.muted,
            told_alerts=self.alarm.told,
            price_alerts=self.price_alerts.ticks,
            log=self.reading.log.page(max(0, screen.panes["log"].room.height - 1)),
            ladder_columns=looking.ladder_columns,
            recent_seconds=options.recent_seconds,
            column_choice=self.columns.choice,
            tape_newest=looking.tape.newest,
        )

    def _wish(self) -> ViewRequest:
        """Return what to ask for: what was chosen, as far as there is room for it."""
        panes = self.screen.panes
        return self.looking.request(
            ladder_rows=ladder_height(panes["ladder"].room.height),
            prints=max(0, panes["tape"].room.height - 1),
            bars=bars_of_chart(self.looking.chart_kind, panes["chart"].room.width),
            extent_since=self.price_alerts.extent_since,
            opened=self.reading.zones.choice.opened,
        )

    def _let_follow(self, view: MarketView) -> None:
        """Let everything that a key acts on know the newest view."""
        self.looking.footprint.follow(view.last, footprint_rows(self.screen.panes["chart"].room.height))
        self.reading.follow(view)
        self.looking.tape.follow(view.prints)
        self.looking.cursor.follow(view)
        self.trading.follow(view, self.clock())
