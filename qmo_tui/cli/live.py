"""`qmo` alone: the cockpit on the market of this moment."""


def live(port: int | None = None, *, serve: bool = False, plain: bool = False) -> int:
    """Open the cockpit on the configured feed, or tell it in lines of plain text."""
    from qmo_tui.cli.arguments import check_port
    from qmo_tui.cli.beginning import begin_live
    from qmo_tui.cli.plain import tell
    from qmo_tui.cli.screen import need_terminal, show
    from qmo_tui.settings import load

    settings = load(flags={"server.port": port}).settings
    check_port(port, serve=serve, plain=plain)
    begin = begin_live(settings)
    if plain:
        return tell(begin, settings)
    need_terminal("without one, tell the market in lines with `qmo --plain`, or record with `qmo --record`")
    return show(begin, settings, serve=serve)
