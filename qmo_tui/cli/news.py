"""`qmo news`: the calendar of events around which no prompt may arise."""

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from qmo_tui.cli.completions import offer_importances
from qmo_tui.errors import QmoError

if TYPE_CHECKING:
    from engines.timing.news import NewsEvent, NewsSettings

news = typer.Typer(
    name="news",
    help="List the news calendar, or add the events of an .ics file to it.",
    add_completion=False,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


@news.command(name="list")
def list_news(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Events that are over, too.")] = False,
    json: Json = False,
) -> None:
    """Print what is to come, and when each event forbids prompts."""
    from qmo_tui.news_file import read_news
    from qmo_tui.paths import news_file
    from qmo_tui.session.contract import news_settings
    from qmo_tui.settings import load

    path, settings = news_file(), load().settings
    events = sorted(read_news(path), key=lambda event: (event.ts, event.name))
    now = time.time_ns()
    around = news_settings(settings.news)
    shown = [event for event in events if everything or event.ts + around.around(event).after > now]
    if json:
        _print_json(path, shown, around)
        return
    over = len(events) - len(shown)
    typer.echo(f"{path}: {len(events)} events{f', {over} over (--all lists them)' if over else ''}")
    for event in shown:
        typer.echo(_line(event, around, settings.cockpit.time_zone))


@news.command(name="import")
def import_news(
    file: Annotated[Path, typer.Argument(metavar="FILE.ics", help="A calendar in iCalendar format.")],
    *,
    importance: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL", autocompletion=offer_importances, help="high, medium or low, for events that state none."
        ),
    ] = None,
    zone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="IANA time zone of events that state none, such as Europe/Paris.")
    ] = None,
    json: Json = False,
) -> None:
    """Add the events of an .ics file to the calendar; what cannot be one is named."""
    from qmo_tui.news_file import add_news, read_importance
    from qmo_tui.news_ics import Defaults, read_ics
    from qmo_tui.paths import news_file

    try:
        level = None if importance is None else read_importance(importance)
    except ValueError as error:
        raise QmoError(f"--importance: {error}") from None
    imported = read_ics(file, Defaults(level, _zone(zone)))
    path = news_file()
    added = add_news(path, imported.events)
    for line in imported.left_out:
        print(f"qmo: left out: {line}", file=sys.stderr)  # noqa: T201 - what a script and a trader both need to know
    known = len(imported.events) - added
    if json:
        import msgspec

        document = {"file": str(path), "added": added, "known": known, "left_out": imported.left_out}
        typer.echo(msgspec.json.encode(document).decode())
        return
    typer.echo(f"{path}: {added} added, {known} known already, {len(imported.left_out)} left out")


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise QmoError(f"--zone {name}: no time zone; give its IANA name, such as America/New_York") from None


def _line(event: "NewsEvent", settings: "NewsSettings", zone: ZoneInfo) -> str:
    before, after = settings.around(event)
    blocks = f"no prompt {_clock(event.ts - before, zone)} to {_clock(event.ts + after, zone)}"
    when = datetime.fromtimestamp(event.ts / 1e9, zone)
    return f"{when:%a %Y-%m-%d %H:%M %Z}  {event.importance:7} {event.name}{f'  ({blocks})' if before or after else ''}"


def _clock(ts: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(ts / 1e9, zone):%H:%M}"


def _print_json(path: Path, events: "list[NewsEvent]", settings: "NewsSettings") -> None:
    import msgspec

    document = {"file": str(path), "events": [_as_json(event, settings) for event in events]}
    typer.echo(msgspec.json.encode(document).decode())


def _as_json(event: "NewsEvent", settings: "NewsSettings") -> dict[str, Any]:
    before, after = settings.around(event)
    blocked = {"from": event.ts - before, "to": event.ts + after} if before or after else None
    return {"ts": event.ts, "name": event.name, "importance": event.importance, "no_prompt": blocked}
