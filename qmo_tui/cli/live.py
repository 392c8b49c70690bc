"""`qmo` alone: the cockpit on the market of this moment."""


def live(port: int | None = None, *, serve: bool = False) -> int:
    """Open the cockpit on the configured feed."""
    from qmo_tui.cli.arguments import check_port
    from qmo_tui.cli.beginning import begin_live
    from qmo_tui.cli.screen import need_terminal, show
    from qmo_tui.settings import load

    settings = load(flags={"server.port": port}).settings
    check_port(port, serve=serve)
    begin = begin_live(settings)
    need_terminal("without one, record with `qmo --record`")
    return show(begin, settings, serve=serve)
