"""`qmo` alone: the cockpit on the market of this moment."""


def live() -> int:
    """Open the cockpit on the configured feed."""
    from qmo_tui.cli.beginning import begin_live
    from qmo_tui.cli.screen import need_terminal, show
    from qmo_tui.settings import load

    settings = load().settings
    begin = begin_live(settings)
    need_terminal("without one, record with `qmo --record`")
    return show(begin, settings)
