"""From a view of the market to what is answered: ticks become prices, marks become zones and candles."""

from typing import Final

from engines.book.layout import SECOND_NS
from engines.flow.layout import INTERVAL_SECONDS, INTERVALS
from engines.mentor_view import DISCLAIMER, MentorView
from engines.view import BarRow, MarketView, ZoneMark
from feeds.instrument import Instrument
from feeds.records import Provenance
from feeds.states import FeedState
from qmo_tui import __version__
from qmo_tui.server import answers
from qmo_tui.session.glance import Glance

_INTERVAL_NS: Final = {name: seconds * SECOND_NS for name, seconds in zip(INTERVALS, INTERVAL_SECONDS, strict=True)}
_SOUND: Final = frozenset({FeedState.LIVE, FeedState.REPLAY, FeedState.DEMO})


def market(glance: Glance, question: answers.MarketQuestion) -> answers.Market:
    """Answer how the market stands."""
    view = glance.view
    instrument, mentor = view.instrument, view.mentor
    live = [mark for mark in view.zones if mark.live]
    return answers.Market(
        sequence=view.sequence,
        provenance=view.provenance.value,
        symbol=None if instrument is None else instrument.symbol,
        tick=None if instrument is None else instrument.tick_size,
        schema=view.schema,
        event_time=view.event_time,
        age_seconds=_age(glance),
        feed=_feed(glance),
        playing=_playing(glance),
        trading=view.phase.value,
        book=view.book.value,
        price=_price(instrument, view.last),
        bid=_price(instrument, view.best_bid),
        bid_size=view.best_bid_size,
        ask=_price(instrument, view.best_ask),
        ask_size=view.best_ask_size,
        last=_last_trade(instrument, view),
        volume=view.volume if view.sequence else None,
        delta=view.delta,
        signal="wait" if mentor is None or not mentor.may_prompt or mentor.side is None else mentor.side,
        side=None if mentor is None else mentor.side,
        confidence=_confidence(mentor),
        phase=_phase(mentor),
        pillars=() if mentor is None else mentor.pillars,
        gates=() if mentor is None else mentor.gates,
        zones=_nearest(instrument, view.last, live)[: question.zones],
        missing=view.missing,
        disclaimer=DISCLAIMER,
    )


def zones(glance: Glance, question: answers.ZonesQuestion) -> answers.Zones:
    """Answer which zones there are."""
    view = glance.view
    wanted = [
        mark
        for mark in view.zones
        if (question.kind is None or mark.kind == question.kind)
        and (question.side is None or mark.side == question.side)
        and (question.live is None or mark.live == question.live)
    ]
    return answers.Zones(
        sequence=view.sequence,
        event_time=view.event_time,
        price=_price(view.instrument, view.last),
        zones=_nearest(view.instrument, view.last, wanted)[: question.count],
    )


def bars(glance: Glance, question: answers.BarsQuestion) -> answers.BarList:
    """Answer the newest bars."""
    view = glance.view
    instrument, length = view.instrument, _INTERVAL_NS[question.interval]
    return answers.BarList(
        sequence=view.sequence,
        event_time=view.event_time,
        interval=question.interval,
        bars=()
        if instrument is None
        else tuple(_candle(instrument, row, length) for row in view.bars[-question.count :]),
    )


def health(glance: Glance, lag_ms: float | None, stream: answers.StreamStand) -> answers.Health:
    """Answer how the session is."""
    view, line, feed = glance.view, glance.line, _feed(glance)
    counts = view.health
    return answers.Health(
        healthy=glance.error is None and feed.state in _SOUND,
        version=__version__,
        sequence=view.sequence,
        event_time=view.event_time,
        age_seconds=_age(glance),
        feed=feed,
        playing=_playing(glance),
        book=view.book.value,
        records_per_second=glance.records_per_second,
        gaps=None if line is None else line.interruptions,
        lag_ms=lag_ms,
        recording=None if line is None else line.recording,
        data=answers.DataHealth(
            unknown_orders=counts.unknown_orders,
            crossed_events=counts.crossed_events,
            bad_records=counts.bad_records,
            late_records=counts.late_records,
            off_tick=counts.off_tick,
            far_orders=counts.far_orders,
        ),
        stream=stream,
        notes=glance.notes,
    )


def _price(instrument: Instrument | None, tick: int | None) -> float | None:
    return None if instrument is None or tick is None else instrument.price(tick)


def _age(glance: Glance) -> float | None:
    silence = None if glance.line is None else glance.line.silence
    return None if silence is None else silence / SECOND_NS


def _feed(glance: Glance) -> answers.FeedStand:
    line = glance.line
    if line is None:
        state = FeedState.DEMO if glance.view.provenance is Provenance.DEMO else FeedState.REPLAY
        return answers.FeedStand(state.value, glance.source, "", None, glance.error)
    return answers.FeedStand(line.state.value, line.source, line.reason, line.since, glance.error)


def _playing(glance: Glance) -> answers.PlayingStand | None:
    stand = glance.playback
    if stand is None:
        return None
    return answers.PlayingStand(
        paused=stand.paused,
        speed=stand.speed,
        finished=stand.finished,
        seeking=stand.seeking,
        position=stand.position,
        start=stand.start,
        end=stand.end,
    )


def _last_trade(instrument: Instrument | None, view: MarketView) -> answers.LastTrade | None:
    price = _price(instrument, view.last)
    return None if price is None else answers.LastTrade(price, view.last_size, view.last_side)


def _confidence(mentor: MentorView | None) -> answers.Confidence | None:
    if mentor is None:
        return None
    return answers.Confidence(
        score=mentor.confidence,
        coverage=mentor.coverage,
        threshold=mentor.threshold,
        armed=mentor.armed,
        calibration=mentor.calibration,
    )


def _phase(mentor: MentorView | None) -> answers.PhaseStand | None:
    mark = None if mentor is None else mentor.phase
    return None if mark is None else answers.PhaseStand(mark.phase, mark.direction, mark.strength, mark.since)


def _nearest(instrument: Instrument | None, last: int | None, marks: list[ZoneMark]) -> tuple[answers.Zone, ...]:
    """Return zones by their distance, of equal ones the newest first."""
    if instrument is None:
        return ()
    ordered = sorted(marks, key=lambda mark: (_distance(mark, last) or 0, -mark.last_ts, mark.id))
    return tuple(_zone(instrument, mark, last) for mark in ordered)


def _distance(mark: ZoneMark, last: int | None) -> int | None:
    return None if last is None else max(0, mark.low - last, last - mark.high)


def _zone(instrument: Instrument, mark: ZoneMark, last: int | None) -> answers.Zone:
    return answers.Zone(
        id=mark.id,
        kind=mark.kind,
        label=mark.label,
        side=mark.side,
        low=instrument.price(mark.low),
        high=instrument.price(mark.high),
        distance=_distance(mark, last),
        first_ts=mark.first_ts,
        last_ts=mark.last_ts,
        state=mark.state,
        live=mark.live,
        score=mark.score,
        evidence=mark.evidence,
        reason=mark.reason,
    )


def _candle(instrument: Instrument, row: BarRow, length: int) -> answers.Candle:
    return answers.Candle(
        ts=row.start + length,
        start=row.start,
        open=instrument.price(row.open),
        high=instrument.price(row.high),
        low=instrument.price(row.low),
        close=instrument.price(row.close),
        volume=row.volume,
        buy=row.buy,
        sell=row.sell,
        none=row.none,
        trades=row.trades,
        delta=None if row.buy is None or row.sell is None else row.buy - row.sell,
        cvd=row.cvd,
        complete=row.complete,
        low_delta=row.low_delta,
        high_delta=row.high_delta,
        ofi=row.ofi,
    )
