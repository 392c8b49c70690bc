"""The chart as the trader chose it: candles, footprint, or delta footprint."""

from qmo_tui.cockpit.choices import ChartKind
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.chart import bars_that_fit, candle_step, chart_subject, paint_chart
from qmo_tui.cockpit.painting.footprint_chart import footprint_subject, footprints_that_fit, paint_footprint_chart
from qmo_tui.cockpit.painting.spans import Rows


def paint_chosen_chart(frame: Frame, width: int, height: int) -> Rows:
    """Paint the chart that the frame names."""
    kind = frame.chart.kind
    if kind == "candles":
        return paint_chart(frame, width, height)
    return paint_footprint_chart(frame, kind, width, height)


def chosen_subject(frame: Frame) -> object:
    """Return what of a frame the chart that it names shows; the crosshair names whatever stands at its price."""
    drawn = chart_subject(frame) if frame.chart.kind == "candles" else footprint_subject(frame)
    if frame.chart.reading is None:
        return frame.chart, drawn
    return frame.chart, drawn, frame.view.trading, frame.price_alerts


def price_step(frame: Frame, width: int, height: int) -> int:
    """Return the ticks in a row of the chart that a frame names."""
    return candle_step(frame, width, height) if frame.chart.kind == "candles" else 1


def bars_of_chart(kind: ChartKind, width: int) -> int:
    """Return how many bars a chart of this width has room for; a footprint has one anyway, to say what it needs."""
    if kind == "candles" or width <= 0:
        return bars_that_fit(width)
    return max(1, footprints_that_fit(width, kind))
