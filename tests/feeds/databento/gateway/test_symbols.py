"""Which instruments a subscription's symbols stand for."""

import pytest

from feeds.databento.gateway.symbols import Directory
from feeds.databento.gateway.wire import Subscription
from feeds.records import Schema

GOLD = Directory(
    names={1: "GCZ6", 2: "GCG7", 3: "GCZ6-GCG7", 4: "ESZ6", 5: "MGCZ6", 6: "6"},
    counts={1: 100, 2: 900, 3: 5_000, 4: 50, 5: 1},
    outrights=frozenset({1, 2, 4, 5, 6}),
)


def resolved(stype_in: str, *symbols: str) -> list[tuple[int, str, str]]:
    return list(GOLD.resolve(Subscription(Schema.MBO, stype_in, symbols)).mapped)


def unknown(stype_in: str, *symbols: str) -> tuple[str, ...]:
    return GOLD.resolve(Subscription(Schema.MBO, stype_in, symbols)).unknown


def test_a_raw_symbol_is_itself() -> None:
    assert resolved("raw_symbol", "GCZ6", "GCZ6-GCG7") == [(1, "GCZ6", "GCZ6"), (3, "GCZ6-GCG7", "GCZ6-GCG7")]


def test_a_parent_is_all_contracts_and_spreads_of_its_root_alone() -> None:
    assert [number for number, _, _ in resolved("parent", "GC.FUT")] == [1, 2, 3]
    assert resolved("parent", "MGC.FUT") == [(5, "MGC.FUT", "MGCZ6")]


def test_a_continuous_symbol_is_the_busiest_contract_never_a_spread() -> None:
    assert resolved("continuous", "GC.v.0") == [(2, "GC.v.0", "GCG7")]
    assert resolved("continuous", "gc.V.1") == [(1, "gc.V.1", "GCZ6")]


def test_an_id_is_known_by_its_number() -> None:
    assert resolved("instrument_id", "4") == [(4, "4", "ESZ6")]


@pytest.mark.parametrize("stype_in", ["raw_symbol", "parent"])
def test_all_symbols_are_all_instruments_under_their_own_names(stype_in: str) -> None:
    assert resolved(stype_in, "ALL_SYMBOLS") == [(number, name, name) for number, name in GOLD.names.items()]


@pytest.mark.parametrize(
    ("stype_in", "symbol"),
    [
        ("raw_symbol", "GCM7"),
        ("raw_symbol", "GC.v.0"),
        ("parent", "SI.FUT"),
        ("parent", "GC.OPT"),
        ("continuous", "GC.v.2"),
        ("continuous", "SI.v.0"),
        ("continuous", "GCZ6"),
        ("instrument_id", "99"),
        ("instrument_id", "GCZ6"),
    ],
)
def test_what_is_not_here_is_named(stype_in: str, symbol: str) -> None:
    assert unknown(stype_in, symbol) == (symbol,)


def test_one_unknown_symbol_does_not_hide_the_others() -> None:
    both = GOLD.resolve(Subscription(Schema.MBO, "raw_symbol", ("NOPE", "GCZ6")))
    assert both.unknown == ("NOPE",)
    assert both.ids == {1}
