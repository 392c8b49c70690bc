"""The text half of the live protocol, held beside what Databento's own client writes and reads."""

import pytest
from databento.common.cram import get_challenge_response
from databento.live.gateway import (
    AuthenticationRequest,
    AuthenticationResponse,
    ChallengeRequest,
    GatewayDecoder,
    Greeting,
    SubscriptionRequest,
)
from databento_dbn import Schema as TheirSchema
from databento_dbn import SType

from feeds.databento.gateway import wire
from feeds.records import Schema

KEY = "db-ThisKeyBelongsToNobodyAtAll99"


def test_the_greeting_is_what_their_client_expects() -> None:
    decoder = GatewayDecoder()
    decoder.write(wire.greeting("abc"))
    assert decoder.decode() == [Greeting("0.8.0"), ChallengeRequest("abc")]


def test_answers_to_a_key_are_what_their_client_expects() -> None:
    decoder = GatewayDecoder()
    decoder.write(wire.accepted("7") + wire.rejected("Authentication failed."))
    right, wrong = decoder.decode()
    assert right == AuthenticationResponse(success="1", session_id="7")
    assert wrong == AuthenticationResponse(success="0", error="Authentication failed.")


def test_only_the_right_key_proves_itself() -> None:
    answer = get_challenge_response("abc", KEY)
    assert wire.answer_to("abc", KEY) == answer
    assert wire.proves(answer, "abc", KEY)
    assert not wire.proves(answer, "abd", KEY)
    assert not wire.proves(answer, "abc", KEY.replace("9", "8"))
    assert not wire.proves("", "abc", KEY)


@pytest.mark.parametrize("answer", ["", "1234", "x" * 64 + "-abcde", "0" * 64, "0" * 64 + "-abc", "0" * 64 + "-ab|de"])
def test_without_a_key_an_answer_must_still_look_like_one(answer: str) -> None:
    assert wire.proves("0" * 64 + "-AtA99", "abc", None)
    assert not wire.proves(answer, "abc", None)


def test_an_authentication_line_of_their_client_is_understood() -> None:
    request = AuthenticationRequest(
        auth=get_challenge_response("abc", KEY),
        dataset="GLBX.MDP3",
        ts_out="1",
        compression="zstd",
        heartbeat_interval_s=30,
        slow_reader_behavior="skip",
        client="Databento/0.87.0",
    )
    said = wire.authentication(wire.fields_of(bytes(request)))
    assert wire.proves(said.answer, "abc", KEY)
    assert (said.dataset, said.ts_out, said.zstd) == ("GLBX.MDP3", True, True)
    assert (said.heartbeat_seconds, said.slow_reader, said.client) == (30, "skip", "Databento/0.87.0")


def test_the_answer_to_the_challenge_is_never_shown() -> None:
    said = wire.authentication({"auth": get_challenge_response("abc", KEY), "dataset": "GLBX.MDP3"})
    assert said.answer not in repr(said)
    assert KEY[-5:] not in repr(said)


def test_a_subscription_line_of_their_client_is_understood() -> None:
    request = SubscriptionRequest(
        schema=TheirSchema.MBO, stype_in=SType.PARENT, symbols="GC.FUT,ES.FUT", start=0, id=3, is_last=0
    )
    assert wire.subscription(wire.fields_of(bytes(request))) == wire.Subscription(
        Schema.MBO, "parent", ("GC.FUT", "ES.FUT"), start=0, number=3, is_last=False
    )


def test_a_short_subscription_line_means_the_usual() -> None:
    assert wire.subscription({"schema": "trades", "symbols": "GCZ6"}) == wire.Subscription(
        Schema.TRADES, "raw_symbol", ("GCZ6",)
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"schema=mbo2|symbols=GCZ6", "Unknown schema mbo2"),
        (b"schema=system|symbols=GCZ6", "Unknown schema system"),
        (b"schema=mbo|symbols=", "A subscription needs symbols"),
        (b"schema=mbo|stype_in=isin|symbols=GCZ6", "Unsupported stype_in isin"),
        (b"schema=trades|symbols=GCZ6|snapshot=1", "Snapshot is not supported for trades schema"),
        (b"schema=mbo|symbols=GCZ6|snapshot=1|start=0", "Snapshot and start cannot be used together"),
        (b"schema=mbo|symbols=GCZ6|start=-1", "Invalid start '-1': must be a number"),
        (b"schema=mbo|symbols=GCZ6|snapshot=2", "Invalid snapshot '2': must be 0 or 1"),
        (b"hello=world", "Unknown request 'hello'"),
        (b"\n", "the line is empty"),
        (b"\xff\xfe", "the line is not text"),
    ],
)
def test_a_line_that_makes_no_sense_is_told_so(line: bytes, told: str) -> None:
    with pytest.raises(wire.BadLine) as caught:
        wire.subscription(wire.fields_of(line))
    assert str(caught.value) == told


@pytest.mark.parametrize(
    "fields",
    [
        {"auth": ""},
        {"dataset": ""},
        {"encoding": "csv"},
        {"compression": "gzip"},
        {"ts_out": "yes"},
        {"heartbeat_interval_s": "4"},
        {"heartbeat_interval_s": "1801"},
        {"slow_reader_behavior": "hurry"},
    ],
    ids=str,
)
def test_a_session_that_the_gateway_cannot_give_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(wire.BadLine):
        wire.authentication({"auth": "a", "dataset": "GLBX.MDP3"} | fields)
