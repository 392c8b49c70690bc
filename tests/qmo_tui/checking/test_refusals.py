"""A check without a key, without a gateway, and against gateways that stop, stall and change their mind."""

from pathlib import Path

import pytest

from feeds.databento.gateway import (
    Cut,
    End,
    Fault,
    ForgetSymbol,
    Garbage,
    Greet,
    HalfHeader,
    IgnoreAuthentication,
    LimitConnections,
    Refuse,
    RejectKey,
    Revoke,
    Service,
    Stall,
    Truncate,
    When,
)
from feeds.databento.gateway.messages import ErrorCode
from feeds.recording import Recording
from feeds.records import Schema
from qmo_tui.checking.asking import SCHEMAS, Entitlement
from tests.feeds.virtual_time import in_virtual_time

from .checked import KEY, Checked, alone, checked, checked_at
from .gold import flow
from .scripted import HEADER, Says, acknowledged, error, heartbeat, scripted

YES, NO, UNKNOWN = Entitlement.YES, Entitlement.NO, Entitlement.UNKNOWN
NOBODY = "127.0.0.1:1"


def heard(folder: Path, says: Says) -> Checked:
    """Check a gateway that says what it is given to say."""

    async def scenario() -> Checked:
        async with scripted(says) as address:
            return await checked_at(address, folder)

    return in_virtual_time(alone(scenario))


def at(*connections: int) -> frozenset[int]:
    return frozenset(connections)


# --- nothing can be asked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "  ", "db-tooshort", "ThisIsNoKeyAtAllWhateverYouThink"])
def test_without_a_key_nothing_is_asked(recording: Recording, key: str) -> None:
    made = checked(recording, key=key)
    assert made.exit_code == 3
    assert "DATABENTO_API_KEY" in made.trouble
    assert (made.connections, made.report.answers, made.told) == ([], (), [])
    assert (made.report.has_key, made.report.key_is_well_formed) == (bool(key.strip()), False)


def test_a_key_that_the_gateway_does_not_take_is_told_once(recording: Recording) -> None:
    made = checked(recording, service=Service(key="db-AnotherKeyThatIsNotTheRightOn"))
    assert made.exit_code == 3
    assert "does not accept the API key" in made.trouble
    assert (len(made.connections), made.report.answers) == (1, ())
    assert made.report.key_is_well_formed


def test_a_gateway_that_repeats_the_key_does_not_get_it_shown(recording: Recording) -> None:
    made = checked(recording, [RejectKey(text=f"Unknown key {KEY}")])
    assert "Unknown key" in made.trouble
    assert KEY not in repr(made.report)


def test_where_nobody_listens_that_is_all_there_is_to_say(tmp_path: Path) -> None:
    made = in_virtual_time(alone(lambda: checked_at(NOBODY, tmp_path)))
    assert made.exit_code == 3
    assert made.trouble.startswith(f"{NOBODY} cannot be reached")
    assert made.report.answers == ()


def test_an_address_that_is_none_is_a_matter_of_the_settings(tmp_path: Path) -> None:
    made = in_virtual_time(alone(lambda: checked_at("gateway:none", tmp_path)))
    assert made.exit_code == 2
    assert "QMO_DATABENTO_GATEWAY" in made.trouble


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (IgnoreAuthentication(), "did not answer within 10 s"),
        (Greet(), "127.0.0.1:"),
        (Refuse(), "closed the connection before it asked for the key"),
        (LimitConnections(), "the account has all its sessions open"),
    ],
    ids=["mute", "another server", "closed", "full"],
)
def test_a_gateway_that_lets_nobody_in_is_no_connection(recording: Recording, fault: Fault, told: str) -> None:
    made = checked(recording, [fault])
    assert made.exit_code == 3
    assert told in made.trouble
    assert (len(made.connections), made.report.answers) == (1, ())
    assert made.seconds <= 11.0


def test_another_version_of_the_data_is_unreadable(tmp_path: Path) -> None:
    made = heard(tmp_path, lambda _: HEADER[:3] + b"\x09" + HEADER[4:])
    assert made.exit_code == 4
    assert made.report.answers == ()


# --- something goes wrong on the way --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (HalfHeader(connections=at(3)), "the gateway closed the connection"),
        (Refuse(connections=at(3)), "closed the connection before it asked for the key"),
        (IgnoreAuthentication(connections=at(3)), "did not answer within 10 s"),
        (LimitConnections(connections=at(3), when=When.AFTER), "Connection limit exceeded"),
    ],
    ids=["half a header", "closed", "mute", "full"],
)
def test_a_session_that_comes_to_nothing_leaves_one_schema_unknown(
    recording: Recording, fault: Fault, why: str
) -> None:
    made = checked(recording, [fault])
    assert made.access == dict.fromkeys(SCHEMAS, YES) | {Schema.MBP_1: UNKNOWN}
    assert why in made.why[Schema.MBP_1]
    assert made.exit_code == 0


def test_where_that_is_the_schema_wanted_it_is_as_if_there_were_no_connection(recording: Recording) -> None:
    made = checked(recording, [HalfHeader(connections=at(5))])
    assert made.access[Schema.MBO] is UNKNOWN
    assert made.exit_code == 3
    assert "whether the account may see mbo did not come out" in made.trouble
    assert made.report.rung is not None
    assert made.report.rung.schema is Schema.MBO


@pytest.mark.parametrize(
    "fault",
    [Stall(after=0), Stall(after=1), Cut(after=1), Cut(after=1, how=End.RST), Garbage(after=1), Truncate(after=1)],
    ids=["stalled at once", "stalled", "ended", "reset", "garbage", "cut in a record"],
)
def test_what_was_granted_is_granted_whatever_becomes_of_the_session(recording: Recording, fault: Fault) -> None:
    made = checked(recording, [fault], Service(speed=1.0))
    assert made.access == dict.fromkeys(SCHEMAS, YES)
    assert made.exit_code == 0


def test_a_key_that_is_revoked_meanwhile_ends_the_check(recording: Recording) -> None:
    made = checked(recording, [Revoke(connections=at(2))])
    assert made.exit_code == 3
    assert "does not accept the API key" in made.trouble
    assert made.access == {Schema.TRADES: YES} | dict.fromkeys(SCHEMAS[1:], UNKNOWN)
    assert made.why[Schema.MBO].startswith("not asked: ")
    assert len(made.connections) == 2


def test_a_symbol_that_stands_for_nothing_is_a_matter_of_the_settings(recording: Recording) -> None:
    made = checked(recording, symbol="XX.v.0")
    assert made.exit_code == 2
    assert "there is no contract XX.v.0" in made.trouble
    assert made.report.contract is None
    assert made.seconds < 3.0


def test_what_may_be_seen_is_asked_all_the_same(recording: Recording) -> None:
    made = checked(recording, [ForgetSymbol(symbol="GC.v.0")])
    assert made.exit_code == 2
    assert made.access == dict.fromkeys(SCHEMAS, YES)


def test_another_dataset_is_refused_in_the_gateways_words(recording: Recording) -> None:
    made = checked(recording, dataset="IFEU.IMPACT")
    assert made.exit_code == 3
    assert "Dataset IFEU.IMPACT is not here" in made.trouble


# --- how gateways may say it ----------------------------------------------------------------------------------------


def test_neither_a_word_nor_a_record_is_no_answer(tmp_path: Path) -> None:
    made = heard(tmp_path, lambda _: HEADER + heartbeat())
    assert made.access == dict.fromkeys(SCHEMAS, UNKNOWN)
    assert made.why[Schema.MBO] == "neither an acknowledgement nor a record within 10 s"
    assert made.exit_code == 3


def test_a_stream_that_never_starts_is_no_answer(tmp_path: Path) -> None:
    made = heard(tmp_path, lambda _: b"")
    assert set(made.access.values()) == {UNKNOWN}
    assert made.why[Schema.MBO] == "the gateway did not start the stream within 10 s"


def test_a_record_is_a_yes_without_an_acknowledgement(tmp_path: Path) -> None:
    made = heard(tmp_path, lambda asked: HEADER + flow(Schema(asked))[:1].tobytes())
    assert made.access == dict.fromkeys(SCHEMAS, YES)


def test_acknowledgements_without_names_are_counted(tmp_path: Path) -> None:
    one = heard(tmp_path, lambda _: HEADER + acknowledged())
    assert one.access == {Schema.TRADES: UNKNOWN} | dict.fromkeys(SCHEMAS[1:], UNKNOWN)
    both = heard(tmp_path, lambda _: HEADER + acknowledged() + acknowledged())
    assert both.access == dict.fromkeys(SCHEMAS, YES)


def test_an_acknowledgement_of_mbp_10_is_none_of_mbp_1(tmp_path: Path) -> None:
    made = heard(tmp_path, lambda _: HEADER + acknowledged("Subscription request 0 for mbp-10 data succeeded"))
    assert made.access[Schema.MBP_10] is YES
    assert made.access[Schema.MBP_1] is UNKNOWN


def test_a_denial_counts_that_follows_an_acknowledgement(tmp_path: Path) -> None:
    def says(asked: str) -> bytes:
        return HEADER + acknowledged(f"{asked} accepted") + error(f"Not authorized for {asked} schema")

    assert heard(tmp_path, says).access == dict.fromkeys(SCHEMAS, NO)


def test_a_denial_may_come_as_text_instead_of_a_stream(tmp_path: Path) -> None:
    made = heard(tmp_path, lambda asked: f"Not authorized for {asked} schema\n".encode())
    assert made.access == dict.fromkeys(SCHEMAS, NO)
    assert made.exit_code == 5


def test_an_error_of_the_gateways_own_is_no_answer(tmp_path: Path) -> None:
    made = heard(tmp_path, lambda _: HEADER + error("Internal error, try again", ErrorCode.INVALID_SUBSCRIPTION))
    assert set(made.why.values()) == {"the gateway says: Internal error, try again"}
    assert made.exit_code == 3


def test_a_symbol_that_nothing_is_acknowledged_of_is_not_waited_for(tmp_path: Path) -> None:
    said = error("Failed to resolve symbol: GC.v.0", ErrorCode.SYMBOL_RESOLUTION_FAILED)
    made = heard(tmp_path, lambda _: HEADER + said)
    assert made.exit_code == 2
    assert made.seconds < 5 * 4.0
