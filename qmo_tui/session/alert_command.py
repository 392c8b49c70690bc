"""The trader's own command for alerts: run beside the session, without a shell, for a limited time."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from typing import Final

from feeds.databento.key import KEY_VARIABLE
from qmo_tui.errors import one_line

MOST_AT_ONCE: Final = 4
"""Commands that run at the same time; what is to be told beyond is left out, and that is noted."""


class AlertCommand:
    """Runs a program for each alert; what goes wrong is handed to `note`, one line each, and stops nothing."""

    def __init__(self, command: Sequence[str], timeout: float, note: Callable[[str], None]) -> None:
        """Take program and arguments, where `{kind}` and `{text}` stand for the alert, and the seconds it may take."""
        self._command = tuple(command)
        self._timeout = timeout
        self._note = note
        self._running: set[asyncio.Task[None]] = set()

    def run(self, kind: str, text: str) -> None:
        """Begin it and return at once; nothing is done without a command."""
        if not self._command:
            return
        if len(self._running) >= MOST_AT_ONCE:
            self._note(f"alert command left out: {MOST_AT_ONCE} are running")
            return
        arguments = [part.replace("{kind}", kind).replace("{text}", text) for part in self._command]
        task = asyncio.create_task(self._run(arguments))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """End what still runs."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, arguments: list[str]) -> None:
        quiet = asyncio.subprocess.DEVNULL
        environment = {name: value for name, value in os.environ.items() if name != KEY_VARIABLE}
        try:
            process = await asyncio.create_subprocess_exec(
                *arguments, stdin=quiet, stdout=quiet, stderr=quiet, env=environment, start_new_session=True
            )
        except OSError as error:
            self._note(one_line(f"alert command {arguments[0]}: {error.strerror or error}"))
            return
        try:
            code = await asyncio.wait_for(process.wait(), self._timeout)
        except TimeoutError:
            self._note(f"alert command {arguments[0]}: ended after {self._timeout:g} s")
        else:
            if code:
                self._note(f"alert command {arguments[0]}: exit code {code}")
        finally:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process that still runs, and what it has started."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
