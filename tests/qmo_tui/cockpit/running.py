"""The cockpit as it runs in tests: on a scripted desk, without a terminal, with a clock that stands still."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from textual import events
from textual._time import get_time
from textual.pilot import Pilot

from qmo_tui.cockpit.actions import ACTIONS, Group
from qmo_tui.cockpit.app import CockpitApp
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.painting.spans import text_of
from qmo_tui.cockpit.panes.canvas import Canvas
from qmo_tui.cockpit.trading_keys import REPEAT_SECONDS
from tests.qmo_tui.cockpit.scenes import ScriptedDesk

_OF_TRADING: Final = frozenset(key for action in ACTIONS if action.group is Group.TRADING for key in action.keys)


class StillClock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Seat:
    """A running cockpit and the hands of whoever sits at it."""

    def __init__(self, app: CockpitApp, desk: ScriptedDesk, pilot: Pilot[None], clock: StillClock) -> None:
        self.app = app
        self.desk = desk
        self.pilot = pilot
        self.clock = clock
        self._pressed: dict[str, float] = {}

    async def press(self, *keys: str) -> None:
        """Press keys and see the frame after them; no key of trading comes so soon again that it counts as held."""
        again = max((self._pressed.get(key, 0.0) for key in keys), default=0.0) + REPEAT_SECONDS
        if (early := again - get_time()) >= 0:
            await asyncio.sleep(early + 0.01)
        await self.pilot.press(*keys)
        self._pressed |= dict.fromkeys(_OF_TRADING.intersection(keys), get_time())
        await self.frame()

    async def strike(self, key: str, at: float) -> None:
        """Let a key come in that the terminal read at a moment of its own clock."""
        event = events.Key(key, key if len(key) == 1 else None)
        event.time = at
        self.app.post_message(event)
        await self.pilot.pause()
        await self.frame()

    async def frame(self) -> None:
        """Let the next frame be painted."""
        self.app.paint_frame()
        await self.pilot.pause()

    def canvas(self, name: str) -> Canvas:
        """Return a pane."""
        return self.app.screen.query_one(f"#{name}", Canvas)

    def text(self, name: str) -> str:
        """Return what a pane shows."""
        return "\n".join(text_of(row) for row in self.canvas(name).rows)

    def is_shown(self, name: str) -> bool:
        """Whether a pane has a place on the screen."""
        return self.app.screen.query_one(f"#{name}").region.area > 0


@asynccontextmanager
async def seat(
    *, size: tuple[int, int] = (160, 50), desk: ScriptedDesk | None = None, options: CockpitOptions | None = None
) -> AsyncIterator[Seat]:
    """Run a cockpit for as long as the block lasts."""
    desk = desk or ScriptedDesk()
    clock = StillClock()
    app = CockpitApp(desk, options or CockpitOptions(frames_per_second=1), clock)
    async with app.run_test(size=size) as pilot:
        seated = Seat(app, desk, pilot, clock)
        await seated.frame()
        await seated.frame()
        yield seated
