"""Faults as the command line writes them."""

import pytest

from feeds.databento.gateway import (
    FAULTS,
    Cut,
    Deny,
    End,
    Fault,
    FaultError,
    ForgetSymbol,
    Slow,
    Stall,
    When,
    first,
    parse_fault,
)
from feeds.databento.gateway.faults import faults_of, name_of
from feeds.records import Schema


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("cut", Cut()),
        ("cut:after=5000,how=rst,missed=3@1-2", Cut(after=5000, how=End.RST, missed=3, connections=first(2))),
        ("deny:schema=mbp-10,when=before", Deny(schema=Schema.MBP_10, when=When.BEFORE)),
        ("unknown-symbol:symbol=GC.v.0", ForgetSymbol(symbol="GC.v.0")),
        ("stall:after=10@2,4-5", Stall(after=10, connections=frozenset({2, 4, 5}))),
        ("slow:bytes-per-second=9000", Slow(bytes_per_second=9000)),
    ],
)
def test_a_fault_is_its_name_its_values_and_its_connections(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize("name", list(FAULTS))
def test_every_fault_has_a_name(name: str) -> None:
    assert name_of(parse_fault(name)) == name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cutt", "'cutt' is no fault"),
        ("cut:when=5", "cut has no 'when'; it takes after, how, missed"),
        ("cut:after=many", "cut: after=many is not a whole number"),
        ("cut:how=bang", "cut: how=bang is not one of fin, rst"),
        ("deny:schema=mbo2", "deny: schema=mbo2 is not one of mbo,"),
        ("refuse:after=1", "refuse has no 'after'; it takes no values"),
        ("refuse:connections=1", "refuse has no 'connections'"),
        ("cut@x", "@x does not name connections"),
        ("cut@1-", "@1- does not name connections"),
        ("cut@", "@ does not name connections"),
    ],
)
def test_what_is_no_fault_is_told(text: str, told: str) -> None:
    with pytest.raises(FaultError, match=r".") as caught:
        parse_fault(text)
    assert told in str(caught.value)


def test_a_fault_for_the_first_connections_leaves_the_later_ones_alone() -> None:
    plan = [Cut(connections=first(2)), Stall()]
    assert faults_of(plan, 2) == tuple(plan)
    assert faults_of(plan, 3) == (plan[1],)
