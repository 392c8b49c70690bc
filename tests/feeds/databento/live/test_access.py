from feeds.databento.access import LADDER, Access
from feeds.records import Schema

MONDAY, TUESDAY = 1, 2


def test_the_best_rung_is_asked_for_first() -> None:
    rung = Access().rung(Schema.MBO, MONDAY)
    assert rung is not None
    assert rung.schema is Schema.MBO


def test_each_denied_rung_leads_to_the_next_and_the_last_to_nothing() -> None:
    access = Access()
    for rung in LADDER:
        assert access.rung(Schema.MBO, MONDAY) is rung
        access.deny(rung.schema, f"Not authorized for {rung.schema} schema", MONDAY)
    assert access.rung(Schema.MBO, MONDAY) is None


def test_whoever_wants_less_begins_lower() -> None:
    rung = Access().rung(Schema.MBP_1, MONDAY)
    assert rung is not None
    assert rung.schema is Schema.MBP_1
    assert rung.also == (Schema.TRADES,)


def test_what_was_denied_is_asked_for_again_on_another_day_or_on_demand() -> None:
    access = Access()
    access.deny(Schema.MBO, "no", MONDAY)
    assert not access.may_ask(Schema.MBO, MONDAY)
    assert access.may_ask(Schema.MBO, TUESDAY)
    access.forget()
    assert access.may_ask(Schema.MBO, MONDAY)


def test_a_lower_rung_says_why_and_what_is_missing() -> None:
    access = Access()
    access.deny(Schema.MBO, "Not authorized for mbo schema", MONDAY)
    rung = access.rung(Schema.MBO, MONDAY)
    assert rung is not None
    said = access.shortfall(Schema.MBO, rung)
    assert "mbp-10 instead of mbo" in said
    assert "Not authorized for mbo schema" in said
    assert "icebergs are inferred" in said
    assert access.shortfall(Schema.MBP_10, rung) == ""
