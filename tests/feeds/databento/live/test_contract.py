import pytest

from feeds.databento.contract import ContractFinder, stype_of
from feeds.databento.gateway.messages import symbol_mappings
from feeds.instrument import Instrument
from feeds.records import DEFINITION, UNDEFINED_PRICE, Records
from tests.feeds.streams import made

GC = Instrument("GCZ6", 7, 100_000_000, 100.0, "GLBX.MDP3")


def definition(number: int = 7, symbol: str = "GCZ6", **fields: object) -> Records:
    told = {
        "raw_symbol": symbol.encode(),
        "min_price_increment": 100_000_000,
        "unit_of_measure_qty": 100_000_000_000,
        "instrument_class": ord("F"),
    }
    return made(DEFINITION, 19, 1, instrument_id=number, **(told | fields))


def mapping(number: int = 7, asked: str = "GC.v.0", raw: str = "GCZ6") -> Records:
    return symbol_mappings([(number, asked, raw)], 0)


def finder(known: Instrument | None = None) -> ContractFinder:
    return ContractFinder("GC.v.0", "GLBX.MDP3", known)


@pytest.mark.parametrize(
    ("symbol", "stype"),
    [
        ("GC.v.0", "continuous"),
        ("gc.N.1", "continuous"),
        ("6E.c.0", "continuous"),
        ("GCZ6", "raw_symbol"),
        ("42", "instrument_id"),
    ],
)
def test_how_a_symbol_is_meant(symbol: str, stype: str) -> None:
    assert stype_of(symbol) == stype


@pytest.mark.parametrize("mapping_first", [True, False], ids=["mapping first", "definition first"])
def test_mapping_and_definition_together_name_the_contract(mapping_first: bool) -> None:
    one = finder()
    if mapping_first:
        one.take_mappings(mapping())
        assert one.instrument is None
    one.take_definitions(definition())
    if not mapping_first:
        assert one.instrument is None
        one.take_mappings(mapping())
    assert one.instrument == GC


def test_the_mapping_of_another_symbol_and_the_definition_of_another_contract_do_not() -> None:
    one = finder()
    one.take_mappings(mapping(asked="GC.FUT"))
    one.take_definitions(definition())
    assert one.instrument is None
    one = finder()
    one.take_mappings(mapping())
    one.take_definitions(definition(8, "GCG7"))
    assert one.instrument is None


def test_the_symbol_may_come_back_in_other_letters() -> None:
    one = finder()
    one.take_mappings(mapping(asked="gc.V.0"))
    one.take_definitions(definition())
    assert one.instrument == GC


def test_a_definition_without_a_tick_defines_nothing() -> None:
    one = finder()
    one.take_mappings(mapping())
    one.take_definitions(definition(min_price_increment=UNDEFINED_PRICE))
    assert one.instrument is None


def test_the_contract_followed_before_needs_no_definition() -> None:
    one = finder(GC)
    one.take_mappings(mapping())
    assert one.instrument == GC


def test_an_id_that_stands_for_another_symbol_now_is_another_contract() -> None:
    one = finder(GC)
    one.take_mappings(mapping(raw="GCZ7"))
    assert one.instrument is None


def test_without_a_definition_the_contract_may_be_known_otherwise() -> None:
    one = finder()
    asked: list[str] = []

    def contract_of(raw: str) -> Instrument:
        asked.append(raw)
        return Instrument("", 0, 100_000_000, 100.0, source="settings")

    one.settle_for(contract_of)
    assert asked == []
    one.take_mappings(mapping())
    one.settle_for(contract_of)
    assert asked == ["GCZ6"]
    assert one.instrument == Instrument("GCZ6", 7, 100_000_000, 100.0, "GLBX.MDP3", source="settings")


def test_a_symbol_that_moves_to_another_contract_is_noticed() -> None:
    one = finder(GC)
    one.take_mappings(mapping())
    assert not one.has_moved
    one.take_mappings(mapping(8, raw="GCG7"))
    assert one.has_moved
