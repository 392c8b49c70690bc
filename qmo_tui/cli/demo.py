"""`qmo demo`: the cockpit on a simulated gold market; no key, no network, no end."""

from typing import Annotated

import typer

from qmo_tui.cli.arguments import Serve, ServePort, check_port, speed_of
from qmo_tui.cli.completions import offer_speeds
from qmo_tui.cli.plain import Plain, tell


def demo(
    *,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another number is another market.")] = 1,
    speed: Annotated[
        str, typer.Option(metavar="X", autocompletion=offer_speeds, help="Times real time, such as 20, or max.")
    ] = "1",
    serve: Serve = False,
    port: ServePort = None,
    plain: Plain = False,
) -> int:
    """Open the cockpit on a simulated gold session, paced as if it were live."""
    from qmo_tui.cli.beginning import begin_demo
    from qmo_tui.cli.screen import need_terminal, show
    from qmo_tui.settings import load

    settings = load(flags={"replay.speed": speed_of(speed), "server.port": port}).settings
    check_port(port, serve=serve, plain=plain)
    begin = begin_demo(settings, seed)
    if plain:
        return tell(begin, settings)
    need_terminal("without one, use --plain")
    return show(begin, settings, serve=serve)
