"""`qmo report`: what sessions made, how sure that is, and which rules were kept."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from qmo_tui.cli.completions import offer_accounts, offer_sessions
from qmo_tui.cli.journal import File, Json
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode


def report(
    session: Annotated[
        str,
        typer.Argument(
            metavar="SESSION",
            autocompletion=offer_sessions,
            help="A number, last, all, or a trading day such as 2024-01-18.",
        ),
    ] = "last",
    *,
    account: Annotated[
        str, typer.Option(metavar="A", autocompletion=offer_accounts, help="paper, demo or replay.")
    ] = "paper",
    file: File = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="PATH", help="Write one page with pictures that needs nothing else."),
    ] = None,
    json: Json = False,
) -> int:
    """Report on sessions: trades, R, expectancy with its interval, rules kept, prompts, the feed."""
    from qmo_tui.journal.asking import ask
    from qmo_tui.journal.selection import ALL
    from qmo_tui.report.report import report_on
    from qmo_tui.settings import load

    if account == ALL:
        raise QmoError("--account all: practice and paper trades are not reported together; give one of them")
    asked = ask(account, file)
    stories = asked.stories(session)
    if not stories:
        raise QmoError(f"{session}: {asked.nothing}")
    made, zone = report_on(stories), load().settings.cockpit.time_zone
    if html is not None:
        from qmo_tui.journal.export import write_whole
        from qmo_tui.report.page import page_of

        page = page_of(made, zone)
        write_whole(html, "--html", lambda to: to.write_text(page, encoding="utf-8"))
        trades = len(made.trades)
        typer.echo(f"{html}: report on {trades} {'trade' if trades == 1 else 'trades'}")
    elif json:
        import msgspec

        from qmo_tui.report.plain import as_object

        document: dict[str, Any] = {"files": [str(path) for path in asked.paths], **as_object(made)}
        sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    else:
        from qmo_tui.aligned import terminal_width
        from qmo_tui.report.text import text_of

        sys.stdout.write(text_of(made, zone, terminal_width()))
    return ExitCode.DONE
