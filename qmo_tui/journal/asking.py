"""What a command asks of the journal: the file of an account, its sessions, told."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from qmo_tui.errors import QmoError
from qmo_tui.journal.facts import ACCOUNTS, Account
from qmo_tui.journal.reading import reading
from qmo_tui.journal.selection import ALL, chosen
from qmo_tui.journal.story import Story, stories_of
from qmo_tui.paths import journal_file

KINDS: Final = {
    "paper": "paper money on live data",
    "demo": "practice on a simulated market",
    "replay": "practice on recorded data",
}
"""What trades of an account are, in words."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An account whose journal is asked.

    Attributes:
        account: None for all of them.
        paths: Files that are there, paper first.
    """

    account: Account | None
    paths: tuple[Path, ...]

    def stories(self, session: str | None) -> list[Story]:
        """Return the sessions that a number, `last`, `all` or a day names, told; None names all.

        Raises:
            QmoError: There is none such, or a file cannot be read.
        """
        found: list[Story] = []
        for path in self.paths:
            with reading(path) as reader:
                sessions = reader.sessions(self.account)
                if sessions or session is None:
                    found += stories_of(reader, chosen(sessions, session))
        if not found and session not in {None, ALL}:
            raise QmoError(f"{session}: {self.nothing}")
        return found

    @property
    def nothing(self) -> str:
        """What to say where there is no session; names the accounts that have some."""
        others = [name for name in ACCOUNTS if name != self.account and self.account and _has_sessions(name)]
        hint = "".join(f"; --account {name} has {KINDS[name]}" for name in others)
        return f"no session of account {self.account or ALL} yet{hint}"


def ask(account: str, file: Path | None) -> Asked:
    """Return an account's journal, or a file; `all` is every account.

    Raises:
        QmoError: There is no such account or file.
    """
    if account not in {*ACCOUNTS, ALL}:
        raise QmoError(f"--account {account}: give one of {', '.join(ACCOUNTS)}, {ALL}")
    named: Account | None = next((one for one in ACCOUNTS if one == account), None)
    if file is not None:
        return Asked(named, (file,))
    paths: Sequence[Path] = [journal_file(one) for one in (ACCOUNTS if named is None else (named,))]
    return Asked(named, tuple(path for path in dict.fromkeys(paths) if path.is_file()))


def _has_sessions(account: Account) -> bool:
    path = journal_file(account)
    if not path.is_file():
        return False
    with reading(path) as reader:
        return bool(reader.sessions(account))
