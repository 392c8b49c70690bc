"""Pictures of a session beside another: valid SVG with the words a reader needs, and the same bytes every time."""

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from feeds.simulator.shape import Session, read
from qmo_tui.plots.paper import survival
from qmo_tui.plots.realism import Side, dispersion, draw_all
from tests.engines.real_data import ES, read_records
from tests.feeds.simulator.sessions import TICK, order_flow, simulated

SVG = "{http://www.w3.org/2000/svg}"
LABELS = {
    "actions": {"Records by action", "add", "cancel", "modify", "trade", "fill", "Size of a trade event"},
    "sizes": {"Orders added", "Trades", "lots", "share of at least that"},
    "orders": {"Lifetime of cancelled orders", "matching events", "Where orders are added"},
    "book": {"Spread", "ticks", "4 +", "Lots by price level", "of the mean of ten levels"},
    "times": {"Time between matching events", "seconds", "variance / mean of event counts"},
}
MOST_BYTES = 150_000


@pytest.fixture(scope="module")
def session() -> Session:
    return read(order_flow(simulated(1)[0]), TICK)


def draw(folder: Path, left: Session, right: Session) -> dict[str, Path]:
    folder.mkdir(exist_ok=True)
    paths = draw_all(folder, Side("ESH4, recorded", left), Side("GCZ6, simulated", right))
    return {path.stem.removeprefix("realism-"): path for path in paths}


def check(pictures: dict[str, Path]) -> None:
    assert set(pictures) == set(LABELS)
    for name, path in pictures.items():
        root = ET.parse(path).getroot()
        words = {"".join(text.itertext()) for text in root.iter(f"{SVG}text")}
        assert root.tag == f"{SVG}svg"
        assert LABELS[name] | {"ESH4, recorded", "GCZ6, simulated"} <= words, name
        assert path.stat().st_size < MOST_BYTES


def test_a_session_is_drawn_beside_itself(tmp_path: Path, session: Session) -> None:
    check(draw(tmp_path, session, session))


def test_it_is_drawn_beside_the_real_one(data: Path, tmp_path: Path, session: Session) -> None:
    real = read(read_records(data, "esh4-20231225.mbo.dbn.zst"), ES.tick)
    check(draw(tmp_path, real, session))


def test_the_same_sessions_give_the_same_bytes_without_a_date(tmp_path: Path, session: Session) -> None:
    first, second = (draw(tmp_path / name, session, session) for name in ("first", "second"))
    for name, path in first.items():
        assert path.read_bytes() == second[name].read_bytes()
        assert "<dc:date>" not in path.read_text()


def test_a_survival_curve_begins_with_all_and_falls_to_the_share_of_the_largest() -> None:
    values, shares = survival([1, 1, 1, 2, 5])
    assert values.tolist() == [1, 2, 5]
    assert shares == pytest.approx([1.0, 0.4, 0.2])


def test_a_long_survival_curve_is_thinned_but_keeps_both_ends() -> None:
    values, shares = survival(np.arange(1.0, 100_001.0))
    assert len(values) < 300
    assert (values[0], values[-1]) == (1.0, 100_000.0)
    assert shares == pytest.approx(1.0 - (values - 1.0) / 100_000)


def test_even_times_have_no_dispersion_and_pairs_twice_that_of_chance() -> None:
    second = 1_000_000_000
    even = [number * second // 10 for number in range(1_000)]
    assert dispersion(even, (1.0,)) == pytest.approx([0.0])
    rng = np.random.default_rng(5)
    singles = np.sort(rng.integers(0, 10_000 * second, 20_000))
    assert dispersion(singles.tolist(), (1.0,)) == pytest.approx([1.0], abs=0.05)
    assert dispersion(np.repeat(singles, 2).tolist(), (1.0,)) == pytest.approx([2.0], abs=0.1)
