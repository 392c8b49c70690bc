"""The truth about icebergs: the lots out of the reserve, fill by fill, are all that was not displayed at first."""

from typing import Any

import pytest

from .sessions import simulated

SEEDS = (1, 2)


def icebergs(seed: int) -> list[dict[str, Any]]:
    return [line for line in simulated(seed)[1] if line["kind"] == "iceberg"]


def reserve_spent(line: dict[str, Any]) -> int:
    return sum(lots for _, _, lots in line["hidden_fills"])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_filled_iceberg_spent_all_that_it_did_not_show_at_first(seed: int) -> None:
    filled = [line for line in icebergs(seed) if line["end"] == "filled"]
    assert len(filled) > 2
    assert [reserve_spent(line) for line in filled] == [line["filled"] - line["shown"] for line in filled]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_hidden_fill_is_the_evidence(seed: int) -> None:
    for line in icebergs(seed):
        times = [ts for ts, _, _ in line["hidden_fills"]]
        assert line["evident"] == bool(times)
        assert line["detected"] == min(times, default=None)
        assert times == sorted(times)
        assert all(lots > 0 for _, _, lots in line["hidden_fills"])


@pytest.mark.parametrize("seed", SEEDS)
def test_an_iceberg_that_was_not_hidden_traded_at_most_what_it_showed(seed: int) -> None:
    plain = [line for line in icebergs(seed) if not line["evident"]]
    assert len(plain) > 2
    assert all(line["filled"] <= line["shown"] <= line["display"] for line in plain)
