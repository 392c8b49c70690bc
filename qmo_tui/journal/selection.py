"""Which sessions and which rows somebody asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, get_args

from engines.events import AggressorSide
from engines.timing.trading_day import day_of
from engines.trading_events import DecisionAction, Trigger
from qmo_tui.errors import QmoError
from qmo_tui.journal.facts import SessionRecord
from qmo_tui.journal.story import Outcome

LAST: Final = "last"
ALL: Final = "all"
_KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "side": get_args(AggressorSide),
    "trigger": get_args(Trigger),
    "outcome": (*get_args(Outcome), *get_args(DecisionAction), "waiting"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What rows have to be like; None and empty do not ask.

    Attributes:
        since: Time of the row or later, ns.
        until: Before this time, ns.
    """

    since: int | None = None
    until: int | None = None
    trigger: str | None = None
    side: str | None = None
    outcome: str | None = None
    tag: str | None = None

    def check(self) -> None:
        """Refuse words that no row can have.

        Raises:
            QmoError: With those that it may have.
        """
        for name, words in _KNOWN.items():
            asked = getattr(self, name)
            if asked is not None and asked not in words:
                raise QmoError(f"--{name} {asked}: give one of {', '.join(words)}")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise QmoError("--since is not before --until")

    def takes(self, row: Mapping[str, Any], what: str, moment: str) -> bool:
        """Return whether a row is asked for; `moment` names its time.

        Raises:
            QmoError: Rows of this kind have nothing that could be asked for so.
        """
        for name in _KNOWN:
            asked = getattr(self, name)
            if asked is not None and name not in row:
                raise QmoError(f"--{name} does not go with {what}")
            if asked is not None and row[name] != asked:
                return False
        if self.tag is not None and "tags" not in row:
            raise QmoError(f"--tag does not go with {what}")
        if self.tag is not None and self.tag not in row["tags"].split():
            return False
        ts = row[moment]
        return (self.since is None or ts >= self.since) and (self.until is None or ts < self.until)


def chosen(sessions: Sequence[SessionRecord], text: str | None) -> list[SessionRecord]:
    """Return the sessions that a number, `last`, `all` or a trading day names; None names all.

    Raises:
        QmoError: There is none such.
    """
    if text is None or text == ALL:
        return list(sessions)
    if text == LAST:
        found = list(sessions[-1:])
    elif text.isdecimal():
        found = [session for session in sessions if session.id == int(text)]
    else:
        found = [session for session in sessions if _day(session) == _date(text)]
    if not found:
        raise QmoError(f"{text}: no such session in this account; `qmo journal sessions` lists them")
    return found


def trade_named(text: str) -> tuple[int, str]:
    """Return session and trade that `3/t1` names; `3` names the session as a whole.

    Raises:
        QmoError: It names neither.
    """
    session, _, trade = text.partition("/")
    if not session.isdecimal():
        raise QmoError(f"{text}: give a session such as 3, or one of its trades such as 3/t1")
    return int(session), trade


def _day(session: SessionRecord) -> date:
    """Return the trading day of a session's first event, or of its start."""
    return day_of(session.facts.started if session.first is None else session.first)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise QmoError(f"{text}: give the number of a session, last, all, or a day such as 2024-01-18") from None
