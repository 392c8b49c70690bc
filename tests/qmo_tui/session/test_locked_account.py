"""A paper account that is locked stays locked: through keys, starts, settings and files, in a running session."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from engines.execution.commands import FlattenAndLock
from engines.trading_events import Decision, Order, Risk
from engines.trading_view import RiskMark
from qmo_tui.paths import capital_files
from qmo_tui.settings import Settings
from tests.qmo_tui.session.traded_market import TradedMarket

LOOSE = msgspec.structs.replace(
    Settings(),
    risk=msgspec.structs.replace(
        Settings().risk, day_loss=100.0, session_loss=100.0, session_losses=100, day_trades=100, cooldown_minutes=0.0
    ),
)


@pytest.fixture
def locked() -> TradedMarket:
    """Return a session that was flattened and locked by its key."""
    traded = TradedMarket(account="paper")
    traded.play(200)
    traded.press(FlattenAndLock("f"))
    assert risk_of(traded).state == "locked"
    return traded


def risk_of(traded: TradedMarket) -> RiskMark:
    risk = traded.view.risk
    assert risk is not None
    return risk


def nothing() -> None:
    """Leave the files as they are."""


def delete_first() -> None:
    capital_files("paper")[0].unlink()


def delete_second() -> None:
    capital_files("paper")[1].unlink()


def delete_both() -> None:
    for path in capital_files("paper"):
        path.unlink()
        Path(f"{path}.lock").unlink()


def edit_both() -> None:
    for path in capital_files("paper"):
        path.write_text(path.read_text().replace('"locked"', '"warned"'))


@pytest.mark.parametrize("deed", [nothing, delete_first, delete_second, delete_both, edit_both])
@pytest.mark.parametrize("settings", [None, LOOSE], ids=["the same settings", "looser settings"])
def test_a_lock_survives_a_start(locked: TradedMarket, deed: Callable[[], None], settings: Settings | None) -> None:
    until = risk_of(locked).until
    locked.desk.close("stopped")
    deed()
    locked.restart(settings)
    locked.play(5)
    assert (risk_of(locked).state, risk_of(locked).until) == ("locked", until)
    before = len(locked.said)
    locked.enter()
    locked.play(5)
    said = locked.said[before:]
    assert [line.refused for line in said if isinstance(line, Decision)][:1] == [True]
    assert not [line for line in said if isinstance(line, Order)]


@pytest.mark.parametrize("deed", [delete_first, delete_second, delete_both, edit_both])
def test_files_touched_while_it_runs_are_whole_again_at_the_next_look(
    locked: TradedMarket, deed: Callable[[], None]
) -> None:
    whole = [path.read_bytes() for path in capital_files("paper")]
    deed()
    locked.play(2)
    assert [path.read_bytes() for path in capital_files("paper")] == whole
    assert "is written again" in locked.told[-1]


def test_what_the_ladder_says_is_in_the_journal(locked: TradedMarket) -> None:
    lines = [line for line in locked.journal() if isinstance(line, Risk)]
    assert [line.state for line in lines] == ["ok", "locked"]
    assert [line.key for line in locked.journal() if isinstance(line, Decision)] == ["f"]


def test_a_second_program_watches(locked: TradedMarket) -> None:
    other = TradedMarket(account="paper")
    assert "another qmo" in other.desk.read_only
    locked.play(1)
    assert risk_of(locked).state == "locked"
