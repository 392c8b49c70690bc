"""What an account may see, asked of a gateway schema by schema, and what follows from it."""

from itertools import pairwise
from pathlib import Path

import pytest

from feeds.databento.gateway import Deny, RejectKey, Service, When
from feeds.recording import Recording
from feeds.records import Schema
from qmo_tui.checking.asking import SCHEMAS, Entitlement
from tests.feeds.streams import SECOND, START

from .checked import checked
from .gold import CONTRACT, COUNT, TICK, definition, gold

YES, NO = Entitlement.YES, Entitlement.NO
LADDER = (Schema.MBO, Schema.MBP_10, Schema.MBP_1)
SATURDAY = START + 4 * 86_400 * SECOND


def refused(*schemas: Schema, when: When = When.AFTER) -> list[Deny]:
    return [Deny(schema=schema, when=when) for schema in schemas]


def test_an_account_that_may_see_everything_is_all_right(recording: Recording) -> None:
    made = checked(recording)
    assert made.access == dict.fromkeys(SCHEMAS, YES)
    assert (made.exit_code, made.report.shortfall) == (0, "")
    assert made.report.rung is not None
    assert made.report.rung.schema is Schema.MBO


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("denied", SCHEMAS)
def test_a_denied_schema_is_a_no_and_the_others_are_not_touched_by_it(
    recording: Recording, denied: Schema, when: When
) -> None:
    made = checked(recording, refused(denied, when=when))
    assert made.access == dict.fromkeys(SCHEMAS, YES) | {denied: NO}
    assert made.why[denied] == f"Not authorized for {denied} schema"
    assert made.exit_code == (5 if denied is Schema.MBO else 0)
    assert made.report.contract is not None
    assert made.report.contract.source == "definition"


@pytest.mark.parametrize(("best", "lower"), [(Schema.MBO, Schema.MBP_10), (Schema.MBP_10, Schema.MBP_1)])
def test_where_the_schema_wanted_is_denied_the_next_rung_is_named(
    recording: Recording, best: Schema, lower: Schema
) -> None:
    made = checked(recording, refused(best), schema=best)
    assert made.report.rung is not None
    assert made.report.rung.schema is lower
    assert made.report.shortfall.startswith(f"{lower} instead of {best} (Not authorized for {best} schema)")
    assert made.exit_code == 5
    assert f"set feed.schema to {lower}" in made.trouble


def test_two_rungs_down_is_as_far_as_it_goes(recording: Recording) -> None:
    made = checked(recording, refused(Schema.MBO, Schema.MBP_10))
    assert made.report.rung is not None
    assert made.report.rung.schema is Schema.MBP_1
    nothing = checked(recording, refused(*LADDER))
    assert nothing.report.rung is None
    assert nothing.exit_code == 5
    assert nothing.access[Schema.TRADES] is YES
    assert "no live schema" in nothing.trouble


def test_a_schema_above_the_one_wanted_may_be_denied(recording: Recording) -> None:
    made = checked(recording, refused(Schema.MBO, Schema.MBP_10), schema="mbp-1")
    assert (made.exit_code, made.report.shortfall) == (0, "")


def test_an_account_without_a_licence_may_see_nothing(recording: Recording) -> None:
    made = checked(recording, [RejectKey(text="A live data license is required to access GLBX.MDP3")])
    assert made.access == dict.fromkeys(SCHEMAS, NO)
    assert made.exit_code == 5
    assert made.report.rung is None
    assert len(made.connections) == 1
    assert "no live licence for GLBX.MDP3" in made.trouble


def test_each_schema_has_a_session_of_its_own_and_the_first_one_asks_for_the_contract(recording: Recording) -> None:
    made = checked(recording, service=Service(most_sessions=1))
    asked = [[(one.schema, one.start, one.snapshot) for one in each.subscriptions] for each in made.connections]
    assert asked[0] == [("trades", None, False), ("definition", 0, False)]
    assert asked[1:] == [[(schema, None, False)] for schema in SCHEMAS[1:]]
    assert made.told == [f"asking for {schema}, {number} of 5" for number, schema in enumerate(SCHEMAS, 1)]


def test_connections_keep_below_five_a_second(recording: Recording) -> None:
    made = checked(recording, refused(*SCHEMAS))
    assert all(after - before >= 0.2 for before, after in pairwise(made.connected))


def test_the_contract_is_asked_for_until_a_session_is_not_denied(recording: Recording) -> None:
    made = checked(recording, refused(Schema.TRADES, Schema.TBBO))
    asked = [[one.schema for one in each.subscriptions] for each in made.connections]
    assert asked[1:] == [["tbbo", "definition"], ["mbp-1", "definition"], ["mbp-10"], ["mbo"]]
    assert made.report.contract is not None
    assert made.report.contract.source == "definition"


def test_the_contract_is_what_the_symbol_stands_for(recording: Recording) -> None:
    contract = checked(recording).report.contract
    assert contract is not None
    assert (contract.symbol, contract.tick, contract.multiplier) == (CONTRACT, TICK, 100.0)


def test_without_a_definition_the_settings_know_the_contract(tmp_path: Path) -> None:
    made = checked(gold(tmp_path))
    assert made.report.contract is not None
    assert (made.report.contract.symbol, made.report.contract.source) == (CONTRACT, "settings")
    assert made.exit_code == 0


@pytest.mark.parametrize("when", When)
def test_a_denied_definition_costs_no_answer(recording: Recording, when: When) -> None:
    made = checked(recording, refused(Schema.DEFINITION, when=when))
    assert made.access == dict.fromkeys(SCHEMAS, YES)
    assert made.report.contract is not None
    assert made.report.contract.source == "settings"
    assert sum(one.schema == "definition" for each in made.connections for one in each.subscriptions) == 1


def test_a_contract_that_nobody_knows_is_a_matter_of_the_settings(tmp_path: Path) -> None:
    made = checked(gold(tmp_path, symbol="HGH4"), symbol="HG.v.0")
    assert made.exit_code == 2
    assert "[instruments.HG]" in made.trouble
    assert made.access == dict.fromkeys(SCHEMAS, YES)


def test_a_definition_that_contradicts_the_settings_is_told(tmp_path: Path) -> None:
    made = checked(gold(tmp_path, defined=definition(tick=2 * TICK)))
    assert made.exit_code == 2
    assert "tick 0.2" in made.trouble


def test_three_records_of_the_schema_wanted_are_shown(recording: Recording) -> None:
    made = checked(recording, schema="mbp-10")
    shown = made.report.shown
    assert shown is not None
    assert (shown.schema, len(shown.samples)) == (Schema.MBP_10, 3)
    assert {(one.action, one.side, one.size, one.price) for one in shown.samples} == {("add", "bid", 3, 20_345 * TICK)}


def test_where_it_is_denied_those_of_the_best_that_is_not_are(recording: Recording) -> None:
    shown = checked(recording, refused(Schema.MBO)).report.shown
    assert shown is not None
    assert shown.schema is Schema.MBP_10


def test_a_quiet_schema_is_a_yes_and_is_listened_to_for_a_while(tmp_path: Path) -> None:
    made = checked(gold(tmp_path, [Schema.TRADES], defined=definition()))
    assert made.access == dict.fromkeys(SCHEMAS, YES)
    assert made.report.shown is not None
    assert made.report.shown.schema is Schema.TRADES
    assert 4 * 3.0 <= made.seconds < 4 * 3.0 + 3.0


def test_in_a_closed_market_nothing_is_waited_for_and_its_opening_is_said(tmp_path: Path) -> None:
    made = checked(gold(tmp_path, [], defined=definition()), clock=lambda: SATURDAY)
    assert made.exit_code == 0
    assert made.report.shown is None
    assert made.report.opens == SATURDAY + (13 + 24) * 3_600 * SECOND  # Sunday 17:00 in Chicago
    assert made.seconds < 5.0


def test_a_busy_market_is_not_read_to_its_end(recording: Recording) -> None:
    made = checked(recording, service=Service(speed=1.0))
    assert all(connection.records < COUNT for connection in made.connections)
    assert made.seconds < 5.0
