"""The files in which an account's capital ladder outlives the program: two copies, one writer, strictest first.

Each copy is a line with a checksum and a line of JSON, replaced as a whole (written beside, flushed to the disk,
renamed), so that a kill leaves it as it was before or after. The checksum has a key of the program's own: a copy that
was cut or changed by hand is recognised. That stops a trader in a bad hour; it does not stop a programmer.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from engines.execution.capital.limits import RiskSettings
from engines.execution.capital.recovery import strictest, witnessed
from engines.execution.capital.state import LadderState
from engines.trading_events import Risk
from qmo_tui.broken_file import keep_aside
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode
from qmo_tui.paths import capital_files

FORMAT: Final = 1
"""Version of what is written."""
UNREADABLE: Final = "the kept capital ladder could not be read"
GONE: Final = "the kept capital ladder is gone, and the journal knows it"
_KEY: Final = b"qmo capital ladder"
_Stamp = tuple[int, int, int]


class CapitalFileError(QmoError):
    """The ladder cannot be kept, so nothing may be traded; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message, ExitCode.UNREADABLE)


class _BrokenError(ValueError):
    """A copy is not what was written."""


class _NewerError(ValueError):
    """A newer version of the program wrote a copy."""


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    state: LadderState


class CapitalFile:
    """The ladder of one account on disk: read at the start, written after every change, before an order is sent.

    Attributes:
        paths: Where the copies are.
        may_trade: Whether this program is the one that keeps it; any other only watches.
    """

    def __init__(self, account: str = "paper", paths: Sequence[Path] | None = None) -> None:
        """Touch nothing yet."""
        self.paths = tuple(paths or capital_files(account))
        self.may_trade = False
        self._account = account
        self._locks: list[int] = []
        self._revision: int | None = None
        self._data = b""
        self._stamps: dict[Path, _Stamp | None] = {}

    def open(self, settings: RiskSettings, lines: Iterable[Risk] = ()) -> tuple[LadderState | None, list[str]]:
        """Become its keeper if nobody else is, and read it.

        Args:
            settings: Limits in force where no copy tells.
            lines: All `risk` lines of the account in the journal, in their order.

        Returns:
            What a ladder goes on from, None for a new account; and what the trader must know, one line each. A copy
            that is missing has been written again from the other; where none could be read though there was one, the
            next trading day that the ladder hears of is locked.
        """
        remarks: list[str] = []
        self.may_trade = self._become_keeper(remarks)
        copies, is_broken = self._copies(remarks)
        kept = strictest(copies) if copies else None
        if kept is None and is_broken:
            kept = LadderState(account=self._account, limits=settings, lock_next=UNREADABLE)
            remarks.append(f"capital: {UNREADABLE}: the trading day is locked")
        state = witnessed(kept, lines, settings, account=self._account, lost=GONE)
        if kept is None and state is not None:
            remarks.append(f"capital: {GONE}: the trading day is locked")
        if state is not None and self.may_trade:
            self._restore(state, copies, remarks)
        return state, remarks

    def keep(self, state: LadderState) -> list[str]:
        """Write the state where it has changed or a copy is not as it was left; cheap where neither is so.

        Returns:
            What the trader must know, one line each.

        Raises:
            CapitalFileError: It is not kept: nothing may be traded.
        """
        if not self.may_trade:
            raise CapitalFileError(f"capital: another qmo trades the account {self._account}: this one only watches")
        remarks = []
        try:
            self._require_locks()
            is_new = state.revision != self._revision
            data = _encoded(state) if is_new else self._data
            for path in self.paths:
                is_touched = self._stamps.get(path) != _stamp(path)
                if is_touched and self._revision is not None:
                    remarks.append(f"capital: {path.name} was taken away or changed: it is written again")
                if is_touched or is_new:
                    _write(path, data)
                    self._stamps[path] = _stamp(path)
        except OSError as error:
            self._revision = None
            raise CapitalFileError(
                f"capital: the ladder cannot be kept ({error.filename}: {error.strerror}): nothing is traded"
            ) from error
        self._revision, self._data = state.revision, data
        return remarks

    def close(self) -> None:
        """Let another program become the keeper."""
        for lock in self._locks:
            os.close(lock)
        self._locks, self.may_trade = [], False

    # ------------------------------------------------------------------------------------------------------- reading

    def _copies(self, remarks: list[str]) -> tuple[list[LadderState], bool]:
        """Return what the copies hold, and whether one that exists could not be read."""
        copies, is_broken = [], False
        for path in self.paths:
            try:
                copies.append(_decoded(path.read_bytes(), self._account))
            except FileNotFoundError:
                continue
            except _NewerError as error:
                self.may_trade, is_broken = False, True
                remarks.append(f"capital: {path.name} was written by a newer qmo ({error}): nothing is traded")
            except _BrokenError as error:
                is_broken = True
                remarks.append(f"capital: {path.name} is not as it was written ({error}){self._put_aside(path)}")
            except OSError as error:
                self.may_trade, is_broken = False, True
                remarks.append(f"capital: {path} cannot be read ({error.strerror}): nothing is traded")
        return copies, is_broken

    def _put_aside(self, path: Path) -> str:
        if not self.may_trade:
            return ""
        try:
            aside = keep_aside(path)
        except OSError as error:
            self.may_trade = False
            return f", and cannot be put aside ({error.strerror}): nothing is traded"
        return f": it is kept as {aside.name}"

    def _restore(self, state: LadderState, copies: Sequence[LadderState], remarks: list[str]) -> None:
        if copies and len(copies) < len(self.paths):
            missing = [path.name for path in self.paths if not path.exists()]
            remarks.append(f"capital: {' and '.join(missing)} is written again from the other copy")
        try:
            self.keep(state)
        except CapitalFileError as error:
            self.may_trade = False
            remarks.append(str(error))

    # ---------------------------------------------------------------------------------------------------- one keeper

    def _become_keeper(self, remarks: list[str]) -> bool:
        try:
            for path in self.paths:
                self._locks.append(_locked(path))
        except BlockingIOError:
            self.close()
            remarks.append(f"capital: another qmo trades the account {self._account}: this one only watches")
        except OSError as error:
            self.close()
            remarks.append(f"capital: {error.filename} cannot be written ({error.strerror}): nothing is traded")
        return bool(self._locks)

    def _require_locks(self) -> None:
        """Hold on to the locks, also where their files were taken away.

        Raises:
            CapitalFileError: Another program has become the keeper.
        """
        for place, path in enumerate(self.paths):
            lock, mine = _lock_path(path), os.fstat(self._locks[place])
            if lock.exists() and os.path.samestat(lock.stat(), mine):
                continue
            try:
                new = _locked(path)
            except BlockingIOError:
                self.close()
                raise CapitalFileError(
                    f"capital: another qmo has taken over the account {self._account}: this one only watches"
                ) from None
            os.close(self._locks[place])
            self._locks[place] = new


def _lock_path(path: Path) -> Path:
    return Path(f"{path}.lock")


def _locked(path: Path) -> int:
    """Return a file descriptor that holds a copy's lock.

    Raises:
        BlockingIOError: Another program holds it.
        OSError: The folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(_lock_path(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


# ------------------------------------------------------------------------------------------------------------- bytes


def _encoded(state: LadderState) -> bytes:
    payload = msgspec.json.encode(_Kept(format=FORMAT, state=state))
    return _checksum(payload) + b"\n" + payload + b"\n"


def _decoded(data: bytes, account: str) -> LadderState:
    """Return the state that bytes hold.

    Raises:
        _BrokenError: They are not as they were written.
        _NewerError: A newer program wrote them.
    """
    checksum, _, rest = data.partition(b"\n")
    payload = rest.removesuffix(b"\n")
    if checksum != _checksum(payload):
        raise _BrokenError("its checksum is wrong")
    known = msgspec.json.decode(payload, type=dict[str, msgspec.Raw])
    written_by = msgspec.json.decode(known["format"], type=int)
    if written_by > FORMAT:
        raise _NewerError(f"format {written_by}, this one knows {FORMAT}")
    try:
        state = msgspec.json.decode(payload, type=_Kept).state
    except msgspec.ValidationError as error:
        raise _BrokenError(str(error)) from None
    if state.account != account:
        raise _BrokenError(f"it is of the account {state.account}")
    return state


def _checksum(payload: bytes) -> bytes:
    return hashlib.blake2b(payload, key=_KEY, digest_size=16).hexdigest().encode()


def _write(path: Path, data: bytes) -> None:
    """Replace a file as a whole, and have both it and its name on the disk before returning."""
    beside = Path(f"{path}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _stamp(path: Path) -> _Stamp | None:
    """Return what tells whether somebody else has written a file; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
