"""The simulated session looks like the real one, figure by figure, within the bounds that are stated."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from feeds.simulator.shape import BOUNDS, Bound, Figure, Session, compare, figures_of, read, table
from tests.engines.real_data import ES, read_records

from .sessions import TICK, order_flow, simulated

REAL = "esh4-20231225.mbo.dbn.zst"


@cache
def real_session(data: Path) -> Session:
    return read(read_records(data, REAL), ES.tick)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_figure_lies_within_its_bound(data: Path, seed: int) -> None:
    figures = compare(real_session(data), read(order_flow(simulated(seed)[0]), TICK))
    assert [figure.name for figure in figures] == list(BOUNDS)
    assert [figure for figure in figures if not figure.kept] == []


def test_the_real_session_has_the_figures_that_are_known_of_it(data: Path) -> None:
    figures = figures_of(real_session(data))
    assert figures["share of trades"] == pytest.approx(0.05, abs=0.002)
    assert figures["trade events with one trade"] == pytest.approx(0.975, abs=0.003)
    assert figures["lots traded, mean"] == pytest.approx(3.31, abs=0.01)
    assert figures["trade events with a stop"] == pytest.approx(45 / 2833, abs=0.0001)
    assert figures["lots traded by stops"] == pytest.approx(0.021, abs=0.001)


def test_a_bound_is_kept_at_its_edge_and_broken_beyond() -> None:
    assert Bound(apart=0.1).holds(1.0, 1.05)
    assert not Bound(apart=0.1).holds(1.0, 1.2)
    assert Bound(factor=2.0).holds(1.0, 2.0)
    assert not Bound(factor=2.0).holds(1.0, 0.4)


def test_the_table_names_what_is_not_kept() -> None:
    near = Figure("share of adds", 0.34, 0.33)
    assert "NOT KEPT" not in table([near])
    assert "NOT KEPT" in table([replace(near, simulated=0.5)])
