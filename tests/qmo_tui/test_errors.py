"""How an error becomes an exit code and a line."""

import pytest

from feeds.databento.history_errors import BrokenAnswer, RequestRefused, TooDear
from feeds.dbn import CorruptDbn, DbnError, NotDbn, UnsupportedDbn
from feeds.errors import SourceError
from feeds.instrument import Instrument, InstrumentError
from qmo_tui.errors import QmoError, exit_code_of, one_line
from qmo_tui.exit_codes import ExitCode


def test_expected_error_carries_its_exit_code() -> None:
    assert exit_code_of(QmoError("wrong")) is ExitCode.USAGE
    assert exit_code_of(QmoError("no route", ExitCode.CONNECTION)) is ExitCode.CONNECTION


def test_instrument_error_is_a_matter_of_configuration() -> None:
    try:
        Instrument(symbol="GCZ6", instrument_id=1, tick=0, multiplier=100.0)
    except InstrumentError as error:
        assert exit_code_of(error) is ExitCode.USAGE
    else:
        raise AssertionError("a tick of zero was accepted")


@pytest.mark.parametrize("kind", [DbnError, NotDbn, UnsupportedDbn, CorruptDbn])
def test_data_that_is_not_dbn_is_unreadable(kind: type[DbnError]) -> None:
    assert exit_code_of(kind("no DBN")) is ExitCode.UNREADABLE


@pytest.mark.parametrize(
    ("kind", "code"),
    [(BrokenAnswer, ExitCode.UNREADABLE), (RequestRefused, ExitCode.USAGE), (TooDear, ExitCode.USAGE)],
)
def test_history_that_cannot_be_had_is_told_in_one_line(kind: type[SourceError], code: ExitCode) -> None:
    assert exit_code_of(kind("no history")) is code


def test_subclass_of_a_family_ends_as_the_family_does() -> None:
    class TickMismatchError(InstrumentError):
        pass

    assert exit_code_of(TickMismatchError("tick")) is ExitCode.USAGE


def test_defect_has_no_exit_code_of_its_own() -> None:
    assert exit_code_of(ValueError("surprise")) is None


def test_line_stays_one_line_and_cannot_command_the_terminal() -> None:
    assert one_line("a\n  b\tc") == "a b c"
    assert one_line("file \x1b[2J\x07.dbn") == "file ?[2J?.dbn"
    assert one_line("Zürich – 3½") == "Zürich – 3½"
