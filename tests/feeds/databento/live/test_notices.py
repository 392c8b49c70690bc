"""The gateway's words, as measured and as reported by others, and what they come down to."""

import numpy as np
import pytest

from feeds.databento.gateway.messages import ErrorCode, SystemCode, error_message, system_message
from feeds.databento.notices import NoticeKind, Problem, ProblemKind, notices, problem_of, problems, schema_named
from feeds.records import ERROR_V1, SYSTEM_V1, Schema
from tests.feeds.streams import SECOND, made

TOO_OLD = "Invalid start time. Must be 2026-09-06T00:00:00Z or later, or 0"
LICENCE = "A live data license is required to access GLBX.MDP3 data after 2026-09-06T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ("Not authorized for mbo schema", 5, ProblemKind.DENIED_SCHEMA),
        ("Not authorized for mbp-10 schema", 1, ProblemKind.DENIED_SCHEMA),
        ("Not authorized for mbo schema", None, ProblemKind.DENIED_SCHEMA),
        ("Authentication failed.", None, ProblemKind.KEY_REFUSED),
        ("Authentication failed.", 1, ProblemKind.KEY_REFUSED),
        ("User or API key deactivated", 2, ProblemKind.KEY_REFUSED),
        ("Unable to submit the request because there is an unpaid invoice.", None, ProblemKind.KEY_REFUSED),
        (LICENCE, None, ProblemKind.NO_LICENCE),
        (LICENCE, 1, ProblemKind.NO_LICENCE),
        ("Not authorized for GLBX.MDP3", 5, ProblemKind.NO_LICENCE),
        ("Connection limit exceeded", 3, ProblemKind.CONNECTION_LIMIT),
        ("Too many connections", None, ProblemKind.CONNECTION_LIMIT),
        ("Failed to resolve symbol: GX.v.0", 4, ProblemKind.UNKNOWN_SYMBOL),
        (TOO_OLD, 8, ProblemKind.REPLAY_TOO_OLD),
        (TOO_OLD, 5, ProblemKind.REPLAY_TOO_OLD),
        ("Skipped 100 records after slow reading", 7, ProblemKind.SKIPPED_RECORDS),
        ("Unknown schema mbx", 5, ProblemKind.INVALID_SUBSCRIPTION),
        ("Internal error", 6, ProblemKind.INTERNAL),
        ("Internal error, please try again", None, ProblemKind.INTERNAL),
        ("Something new", None, ProblemKind.OTHER),
        ("Something new", 99, ProblemKind.OTHER),
    ],
)
def test_errors_are_told_apart_by_text_and_code(text: str, code: int | None, kind: ProblemKind) -> None:
    assert problem_of(text, code).kind is kind


def test_only_unknown_symbols_and_skipped_records_leave_the_session_alive() -> None:
    alive = {kind for kind in ProblemKind if not Problem(kind, "").ends_session}
    assert alive == {ProblemKind.UNKNOWN_SYMBOL, ProblemKind.SKIPPED_RECORDS}


def test_an_error_names_what_it_is_about() -> None:
    assert problem_of("Not authorized for mbp-10 schema").schema == "mbp-10"
    assert problem_of("Failed to resolve symbol: GX.v.0", 4).symbol == "GX.v.0"
    assert problem_of(TOO_OLD, 8).oldest == 1_788_652_800 * SECOND
    assert problem_of("Invalid start time. Must be 2026-09-06T00:00:00.250Z or later", 8).oldest == (
        1_788_652_800 * SECOND + 250_000_000
    )
    assert problem_of("Invalid start time", 8).oldest is None


def test_an_error_is_one_line_without_keys() -> None:
    assert problem_of("wrong\n key db-ThisKeyBelongsToNobodyAtAll99").text == "wrong key db-***"


def test_error_records_of_both_versions_are_read() -> None:
    (newer,) = problems(error_message("Not authorized for mbo schema", ErrorCode.INVALID_SUBSCRIPTION, 0))
    (older,) = problems(made(ERROR_V1, 21, 1, err=b"Not authorized for mbo schema"))
    assert newer == older
    assert newer.kind is ProblemKind.DENIED_SCHEMA


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ("Heartbeat", SystemCode.HEARTBEAT, NoticeKind.HEARTBEAT),
        ("Subscription request 0 for mbo data succeeded", SystemCode.SUBSCRIPTION_ACK, NoticeKind.SUBSCRIBED),
        ("Warning: slow reading", SystemCode.SLOW_READER_WARNING, NoticeKind.SLOW_READER),
        ("Finished mbp-10 replay", SystemCode.REPLAY_COMPLETED, NoticeKind.REPLAY_COMPLETED),
    ],
)
def test_system_records_of_both_versions_are_read(text: str, code: SystemCode, kind: NoticeKind) -> None:
    (newer,) = notices(system_message(text, code, 0))
    (older,) = notices(made(SYSTEM_V1, 23, 1, msg=text.encode()))
    assert newer == older
    assert newer.kind is kind


def test_a_system_record_of_a_code_to_come_is_something_else() -> None:
    record = system_message("End of interval", SystemCode.HEARTBEAT, 0)
    record["code"] = np.uint8(4)
    assert [notice.kind for notice in notices(record)] == [NoticeKind.OTHER]


def test_a_schema_is_known_by_the_gateways_name() -> None:
    assert schema_named("mbp-10") is Schema.MBP_10
    assert schema_named("mbp-99") is None
