"""Pictures of zones: valid SVG that names the zone and its outcome, the same bytes every time."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from engines.book.layout import TRADE_BUY, TRADE_SELL
from feeds.instrument import Instrument
from feeds.recording import Recording
from feeds.records import Schema
from qmo_tui.evaluation.holding.holding import hold_rates, outcomes
from qmo_tui.evaluation.holding.path import Path as TradePath
from qmo_tui.evaluation.holding.places import Place
from qmo_tui.evaluation.holding.study import Study
from qmo_tui.evaluation.holding.study import study as follow
from qmo_tui.plots.zones import draw_zones
from qmo_tui.settings import Settings

SVG = "{http://www.w3.org/2000/svg}"
GOLD = Instrument("GCZ6", 1, 100_000_000, 100.0)
SECOND = 1_000_000_000
PICTURES = Path(__file__).resolve().parents[3] / "docs" / "pictures"
OPEN = 1_703_545_200 * SECOND


@pytest.fixture(scope="module")
def study() -> Study:
    """A bid zone at 2,000.0 that price leaves upwards, an ask zone at 2,000.4 that it trades through."""
    ticks = np.array([20_000] * 60 + [20_004] * 60 + [20_012], np.int64)
    count = len(ticks)
    times = OPEN + SECOND * np.arange(count, dtype=np.int64)
    sides = np.where(np.arange(count) % 2, TRADE_BUY, TRADE_SELL).astype(np.int64)
    path = TradePath(times, ticks, np.ones(count, np.int64), sides)
    places = [
        Place("absorption", "absorption-1", int(times[59]), "bid", 20_000, 20_000),
        Place("sweeps", "sweep-1", int(times[90]), "ask", 20_004, 20_006),
    ]
    became = outcomes(path, places)
    return Study(GOLD, Schema.MBO, count, path, became, hold_rates(became), [])


def _words(path: Path) -> set[str]:
    return {"".join(text.itertext()) for text in ET.parse(path).getroot().iter(f"{SVG}text")}


def test_every_zone_is_drawn_with_its_side_and_outcome(tmp_path: Path, study: Study) -> None:
    held, broken = draw_zones(tmp_path, study)
    assert {"absorption, bid: held", "bid zone", "minutes since it was said"} <= _words(held)
    assert {"sweeps, ask: broken", "ask zone"} <= _words(broken)


def test_the_same_study_gives_the_same_bytes(tmp_path: Path, study: Study) -> None:
    (tmp_path / "again").mkdir()
    for one, two in zip(draw_zones(tmp_path, study), draw_zones(tmp_path / "again", study), strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_a_zone_without_trades_around_it_is_drawn_empty(tmp_path: Path, study: Study) -> None:
    nothing = np.zeros(0, np.int64)
    (path, _) = draw_zones(tmp_path, replace(study, path=TradePath(nothing, nothing, nothing, nothing)))
    assert "traded range, 10 s" not in _words(path)


def test_the_documented_zones_are_those_of_the_real_session(data: Path, tmp_path: Path) -> None:
    """Written anew by `qmo evaluate FILE --holds --plots FOLDER`; the words hold the outcomes and the scales."""
    recording = data / "esh4-20231225.mbo.dbn.zst"
    if not recording.exists():
        pytest.skip(f"needs recorded market data: no file {recording}")
    drawn = {path.name: path for path in draw_zones(tmp_path, follow(Recording([recording]), Settings()))}
    shown = sorted(PICTURES.glob("zone-*.svg"))
    assert len(shown) == 5
    for picture in shown:
        assert _words(picture) == _words(drawn[picture.name]), picture.name
