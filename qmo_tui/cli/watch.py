"""`qmo watch`: a read-only cockpit on a session that another process of this machine serves."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final

import typer

from qmo_tui.errors import QmoError

if TYPE_CHECKING:
    from qmo_tui.cockpit.options import CockpitOptions
    from qmo_tui.remote.connection import Address
    from qmo_tui.remote.session import RemoteSession

_LOOK_SECONDS: Final = 0.5


def watch(
    *,
    port: Annotated[
        int | None, typer.Option(metavar="N", help="Port that the serving program told. [setting server.port]")
    ] = None,
    in_browser: Annotated[bool, typer.Option("--in-browser", hidden=True)] = False,
) -> int:
    """Open a second, read-only screen on what `qmo serve`, or a cockpit with --serve, shows."""
    import asyncio

    from qmo_tui.cli.screen import need_terminal, options_of
    from qmo_tui.remote.connection import Address
    from qmo_tui.settings import load

    settings = load(flags={"server.port": port}).settings
    address = Address(settings.server.port, _token())
    if not in_browser:
        need_terminal("without one, ask the API (docs/server.md)")
    options = options_of(settings)
    # The trader's own command runs where the session is: a second time would be one too many.
    quiet = replace(options, alerts=replace(options.alerts, notify=frozenset()))
    return asyncio.run(_look(address, quiet, in_browser=in_browser))


def _token() -> str:
    from qmo_tui.server.token import TOKEN_VARIABLE

    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not token:
        raise QmoError(f"{TOKEN_VARIABLE} is not set: set it to the token that the serving program told")
    return token


async def _look(address: "Address", options: "CockpitOptions", *, in_browser: bool) -> int:
    """Show what is served until the viewer quits; return the exit code.

    Raises:
        ServingError: Nothing is served there, or this program may not look.
    """
    from qmo_tui.cockpit.app import open_cockpit
    from qmo_tui.remote.session import RemoteSession, first_glance
    from qmo_tui.session.watched import watched

    session = RemoteSession(address, await first_glance(address))
    code = 0

    async def show() -> None:
        nonlocal code
        code = await open_cockpit(session, options)

    await watched(show(), _ask_for_browser(session) if in_browser else session.run())
    return code


async def _ask_for_browser(session: "RemoteSession") -> None:
    """Ask as long as the process that carries this screen to a browser is there; then end at once.

    It may have been killed. Nothing here is to be saved, and nobody is left to take leave of.
    """
    import asyncio
    import select
    import sys

    poll = select.poll()
    poll.register(sys.stdin.fileno(), select.POLLHUP)
    asking = asyncio.create_task(session.run())
    while not any(events & select.POLLHUP for _, events in poll.poll(0)):
        await asyncio.wait({asking}, timeout=_LOOK_SECONDS)
        if asking.done():
            asking.result()
    os._exit(0)
