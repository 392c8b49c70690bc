"""`qmo journal`: what was traded and why, filtered, exported, noted and tagged."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from qmo_tui.cli.arguments import moment_of
from qmo_tui.cli.completions import offer_accounts_or_all, offer_outcomes, offer_sessions, offer_sides, offer_triggers
from qmo_tui.errors import QmoError

if TYPE_CHECKING:
    from qmo_tui.journal.listing import Listing

journal = typer.Typer(
    name="journal",
    help="List trades (without a further word), prompts, orders and more; note and tag them.",
    add_completion=False,
    rich_markup_mode=None,
)

_PAPER: Final = "paper"
_LISTS: Final = {
    "trades": "Positions from first fill to last.",
    "prompts": "Prompts, and what became of them.",
    "orders": "Orders as they ended.",
    "fills": "Fills.",
    "decisions": "Keys, and what became of prompts.",
    "risk": "States of the capital ladder.",
    "sessions": "Sessions.",
    "notes": "Notes.",
}

Account = Annotated[
    str,
    typer.Option(
        metavar="A",
        autocompletion=offer_accounts_or_all,
        help="paper, demo, replay or all: practice never stands among paper trades.",
    ),
]
File = Annotated[Path | None, typer.Option("--file", metavar="PATH", help="Another journal than that of the account.")]
Session = Annotated[
    str | None,
    typer.Option(
        metavar="S",
        autocompletion=offer_sessions,
        help="Of one session: its number, last, or a trading day (2024-01-18).",
    ),
]
Since = Annotated[str | None, typer.Option(metavar="T", help="From this time on (ISO, UTC or with offset).")]
Until = Annotated[str | None, typer.Option(metavar="T", help="Before this time.")]
Trigger = Annotated[
    str | None,
    typer.Option(
        metavar="T",
        autocompletion=offer_triggers,
        help="rejection, sweep_reclaim, break_retest, displacement, manual or exit.",
    ),
]
Side = Annotated[str | None, typer.Option(metavar="S", autocompletion=offer_sides, help="buy or sell.")]
Outcome = Annotated[
    str | None,
    typer.Option(
        metavar="O",
        autocompletion=offer_outcomes,
        help="won, lost, even, open; of prompts accepted, rejected, expired, voided, snoozed.",
    ),
]
Tag = Annotated[str | None, typer.Option(metavar="TAG", help="With this tag, or in a session that has it.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Csv = Annotated[Path | None, typer.Option("--csv", metavar="PATH", help="Write CSV instead.")]
Parquet = Annotated[Path | None, typer.Option("--parquet", metavar="PATH", help="Write Parquet instead.")]
Named = Annotated[str, typer.Argument(metavar="SESSION|TRADE", help="A session such as 3, or a trade such as 3/t1.")]


def _lister(what: str) -> Callable[..., None]:
    """Return the command that lists rows of a kind; where a further word follows, that one lists instead."""

    def listed(
        context: typer.Context,
        *,
        account: Account = _PAPER,
        session: Session = None,
        since: Since = None,
        until: Until = None,
        trigger: Trigger = None,
        side: Side = None,
        outcome: Outcome = None,
        tag: Tag = None,
        file: File = None,
        json: Json = False,
        csv: Csv = None,
        parquet: Parquet = None,
    ) -> None:
        if context.invoked_subcommand is None:
            wanted = _wanted(since=since, until=until, trigger=trigger, side=side, outcome=outcome, tag=tag)
            _list(what, account, file, session, wanted, json=json, csv=csv, parquet=parquet)
        elif any(value not in {None, False, _PAPER} for value in context.params.values()):
            raise QmoError(f"options go behind the word: `qmo journal {context.invoked_subcommand} --...`")

    return listed


journal.callback(invoke_without_command=True)(_lister("trades"))
for _name, _line in _LISTS.items():
    journal.command(name=_name, help=_line)(_lister(_name))


@journal.command(name="note")
def note(
    named: Named,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is to be remembered.")],
    *,
    account: Account = _PAPER,
    file: File = None,
) -> None:
    """Write a note to a session or a trade.

    The session may still run.
    """
    from qmo_tui.journal.writing import add_note

    path, session, trade = _annotated(named, account, file)
    if not text.strip():
        raise QmoError("the note is empty")
    add_note(path, session, trade, text.strip(), time.time_ns())
    typer.echo(f"{named}: noted")


@journal.command(name="tag")
def tag_named(
    named: Named,
    tags: Annotated[list[str], typer.Argument(metavar="TAG...", help="Words; -WORD takes one off, after a bare --.")],
    *,
    account: Account = _PAPER,
    file: File = None,
) -> None:
    """Tag a session or a trade, or take tags off.

    `qmo journal tag 3/t1 late` puts one on, `qmo journal tag 3/t1 -- -late` takes it off.
    """
    from qmo_tui.journal.writing import set_tags

    path, session, trade = _annotated(named, account, file)
    bad = [tag for tag in tags if not tag.removeprefix("-") or any(letter.isspace() for letter in tag)]
    if bad:
        raise QmoError(f"{bad[0]!r}: a tag is one word")
    off = [tag.removeprefix("-") for tag in tags if tag.startswith("-")]
    on = [tag for tag in tags if not tag.startswith("-")]
    set_tags(path, session, trade, add=on, remove=off, now=time.time_ns())
    typer.echo(f"{named}: {' '.join(tags)}")


def _annotated(named: str, account: str, file: Path | None) -> tuple[Path, int, str]:
    """Return the file, session and trade that a note or a tag is for.

    Raises:
        QmoError: There is no such session or trade.
    """
    from qmo_tui.journal.asking import ask
    from qmo_tui.journal.selection import ALL, trade_named

    session, trade = trade_named(named)
    if account == ALL:
        raise QmoError("--account all: say which account the session is of")
    asked = ask(account, file)
    (story,) = asked.stories(str(session))
    if trade and all(one.id != trade for one in story.trades):
        raise QmoError(f"{named}: session {session} has no such trade; `qmo journal --session {session}` lists them")
    return asked.paths[0], session, trade


def _wanted(
    *, since: str | None, until: str | None, trigger: str | None, side: str | None, outcome: str | None, tag: str | None
) -> Any:
    from qmo_tui.journal.selection import Filters

    span = (moment_of(since, "--since"), moment_of(until, "--until"))
    wanted = Filters(*span, trigger=trigger, side=side, outcome=outcome, tag=tag)
    wanted.check()
    return wanted


def _list(
    what: str,
    account: str,
    file: Path | None,
    session: str | None,
    wanted: Any,
    *,
    json: bool,
    csv: Path | None,
    parquet: Path | None,
) -> None:
    from qmo_tui.journal.asking import ask
    from qmo_tui.journal.export import write_csv, write_parquet
    from qmo_tui.journal.listing import listing

    if sum((json, csv is not None, parquet is not None)) > 1:
        raise QmoError("give one of --json, --csv and --parquet")
    asked = ask(account, file)
    stories = asked.stories(session)
    found = listing(what, stories, wanted)
    if csv is not None:
        write_csv(found, csv)
        typer.echo(f"{csv}: {found.counted}")
    elif parquet is not None:
        write_parquet(found, parquet)
        typer.echo(f"{parquet}: {found.counted}")
    elif json:
        import msgspec

        document = {"files": [str(path) for path in asked.paths], "account": account, what: found.rows}
        sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    else:
        _print(found, account, "" if stories else asked.nothing)


def _print(found: "Listing", account: str, nothing: str) -> None:
    from qmo_tui.aligned import terminal_width
    from qmo_tui.journal.asking import KINDS
    from qmo_tui.settings import load

    if not found.rows:
        typer.echo(f"{found.counted}: {nothing}" if nothing else found.counted)
        return
    typer.echo(f"{found.counted} of account {account}{f' ({KINDS[account]})' if account in KINDS else ''}")
    sys.stdout.write(found.table(load().settings.cockpit.time_zone, terminal_width()))
