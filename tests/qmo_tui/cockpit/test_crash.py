"""A fault of ours ends the cockpit with the terminal restored, and reaches the command line."""

import pytest

from engines.view import MarketView, ViewRequest
from qmo_tui.cockpit import app as cockpit
from qmo_tui.cockpit.opening import open_cockpit
from qmo_tui.cockpit.options import CockpitOptions
from tests.qmo_tui.cockpit.scenes import ScriptedDesk


class BrokenDesk(ScriptedDesk):
    """A desk that fails after some frames."""

    def view(self, request: ViewRequest) -> MarketView:
        if len(self.requests) > 3:
            raise ZeroDivisionError("as if an engine had failed")
        return super().view(request)


async def test_a_crash_is_raised_and_not_printed(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTUAL_DRIVER", "textual.drivers.headless_driver:HeadlessDriver")
    app = cockpit.CockpitApp(BrokenDesk(), CockpitOptions(frames_per_second=20))
    await app.run_async(headless=True, size=(80, 24))
    assert isinstance(app.crash, ZeroDivisionError)
    assert app.return_code == 1
    assert "Traceback" not in capfd.readouterr().err


async def test_open_cockpit_raises_what_crashed_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run_async(self: cockpit.CockpitApp) -> None:
        self.crash = ZeroDivisionError("as if an engine had failed")

    monkeypatch.setattr(cockpit.CockpitApp, "run_async", run_async)
    with pytest.raises(ZeroDivisionError):
        await open_cockpit(ScriptedDesk(), CockpitOptions())
