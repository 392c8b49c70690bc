"""`qmo` alone: the cockpit on the market of this moment."""


def live() -> int:
    """Open the cockpit on the configured feed."""
    from qmo_tui.cli.screen import need_terminal, show
    from qmo_tui.news_file import read_news
    from qmo_tui.paths import news_file
    from qmo_tui.session.live import LiveSession
    from qmo_tui.session.memory import SessionMemory
    from qmo_tui.session.recording import tidy
    from qmo_tui.session.sources import LiveFeed, memory_of, recordings_of
    from qmo_tui.settings import load

    settings = load().settings
    news = read_news(news_file())
    findings: list[str] = []
    feed = LiveFeed(settings, record=settings.recording.automatic, tell=findings.append)
    need_terminal("without one, record with `qmo --record`")
    tidy(recordings_of(settings), findings.append)

    def begin() -> LiveSession:
        tap = feed.tap if settings.feed.source == "databento" else None  # a price for context is not recorded
        memory = SessionMemory(memory_of(settings), tell=findings.append)
        return LiveSession(
            feed.source, settings, tap=tap, warm_up=feed.warm_up, memory=memory, news=news, remarks=findings
        )

    return show(begin, settings)
