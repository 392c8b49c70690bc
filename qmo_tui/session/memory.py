"""Iceberg memory around a session: read before the first record, saved while it runs and when it ends.

Saving happens in a thread, at most once a minute while something changes, and at the end of a trading day. What goes
wrong with the file is told once, in one line, and the session goes on. Simulated data never comes near the file.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engines.zones.memory_state import Recollection, taken_over
from feeds.instrument import Instrument, root_of
from feeds.records import DEMO_DATASET
from qmo_tui.errors import one_line

if TYPE_CHECKING:
    from engines.zones.memory import IcebergMemory
    from qmo_tui.memory_file import Contract, MemoryContents, MemoryFile, Spread

_LOGGER: Final = logging.getLogger("qmo.memory")
_SAVE_SECONDS: Final = 60.0
ROLL_NS: Final = 300 * 1_000_000_000
"""Last prices of two contracts tell their spread only where they are at most this far apart in event time."""


@dataclass(frozen=True, slots=True)
class _Save:
    """What one save writes; `revision` is that of the running memory in it."""

    memories: dict["Contract", Recollection]
    spreads: tuple["Spread", ...]
    revision: int


class SessionMemory:
    """The memory of the contracts that one session follows, one after the other.

    Attributes:
        saving: The save that was begun last; None before the first.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        tell: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Touch nothing yet.

        Args:
            path: The file; None remembers within the session alone.
            tell: Hears what the trader must know, one line each.
            clock: Seconds, for how often the file is saved.
        """
        self._path = path
        self._tell_trader = tell
        self._clock = clock
        self._file: MemoryFile | None = None
        self._contents: MemoryContents | None = None
        self._contract: Contract | None = None
        self._waiting: dict[Contract, Recollection] = {}
        self._spreads: list[Spread] = []
        self._rolls: list[tuple[Contract, int, int]] = []
        self.saving: asyncio.Task[None] | None = None
        self._saved_at = clock()
        self._revision = 0
        self._sessions = 0
        self._seen_until = 0
        self._failed = False

    async def open(self) -> None:
        """Read the file, in a thread; to be awaited before the first record."""
        self._contents, remarks = await asyncio.to_thread(self._open)
        for remark in remarks:
            self._tell(remark)

    def _open(self) -> "tuple[MemoryContents, list[str]]":
        from qmo_tui.memory_file import MemoryContents, MemoryFile  # noqa: PLC0415 - a screen does not wait for it

        if self._path is None:
            return MemoryContents(), []
        self._file = MemoryFile(self._path)
        return self._file.open()

    def turn(self, before: "IcebergMemory | None", instrument: Instrument | None) -> Recollection | None:
        """Go over to a contract: keep what is remembered of the one before, return what is known of this one."""
        from qmo_tui.memory_file import contract_of  # noqa: PLC0415 - as above

        if self._contents is None:
            return None
        if before is not None and self._contract is not None:
            self._contents.contracts[self._contract] = self._waiting[self._contract] = before.recollect()
        self._contract, self._rolls, self._revision = None, [], 0
        if instrument is None:
            return None
        self._contract = contract_of(instrument)
        recollection, unmapped = recalled(self._contents, self._contract)
        self._sessions, self._seen_until = recollection.sessions, recollection.watched_until
        for other in unmapped:
            known = self._contents.contracts[other]
            self._tell(_not_used(len(known.zones), other, self._contract))
            if known.last is not None:
                self._rolls.append((other, known.last, known.watched_until))
        return recollection

    def hear(self, memory: "IcebergMemory | None") -> None:
        """Look, after every batch, whether a spread became known, and whether it is time to save."""
        if memory is None or self._contract is None:
            return
        if self._rolls and memory.last is not None and memory.clock > self._seen_until:
            self._note_spreads(memory.clock, memory.last)
        due = self._clock() - self._saved_at >= _SAVE_SECONDS or memory.sessions != self._sessions
        if due and self._may_save and (self.saving is None or self.saving.done()):
            save = self._next_save(memory)
            if save is not None:
                self.saving = asyncio.create_task(self._save(save))

    async def close(self, memory: "IcebergMemory | None") -> None:
        """Save what is not saved yet, and let another program keep the file."""
        if self.saving is not None:
            await self.saving
        if self._file is None:
            return
        save = self._next_save(memory) if self._may_save else None
        if save is not None:
            await self._save(save)
        self._file.close()

    # -------------------------------------------------------------------------------------------------------- saving

    @property
    def _may_save(self) -> bool:
        return self._file is not None and self._file.may_save

    def _next_save(self, memory: "IcebergMemory | None") -> _Save | None:
        """Return what changed since the last save; None where nothing did."""
        memories, self._waiting = self._waiting, {}
        revision = self._revision
        if memory is not None and self._contract is not None and memory.revision != revision:
            memories[self._contract], revision = memory.recollect(), memory.revision
            self._sessions = memory.sessions
        memories = {contract: kept for contract, kept in memories.items() if contract.dataset != DEMO_DATASET}
        spreads, self._spreads = tuple(self._spreads), []
        self._saved_at = self._clock()
        return _Save(memories, spreads, revision) if memories or spreads else None

    async def _save(self, save: _Save) -> None:
        from qmo_tui.memory_file import MemoryFileError  # noqa: PLC0415 - as above

        contract = self._contract
        try:
            await asyncio.to_thread(self._write, save)
        except MemoryFileError as error:
            self._waiting = save.memories | self._waiting
            self._spreads = [*save.spreads, *self._spreads]
            if not self._failed:
                self._tell(f"{error}: memory is not saved until it can be written again")
            self._failed = True
            return
        if contract == self._contract:
            self._revision = save.revision
        if self._failed:
            self._failed = False
            self._tell("memory is saved again")

    def _write(self, save: _Save) -> None:
        if self._file is not None:
            self._file.save(save.memories, save.spreads)

    # -------------------------------------------------------------------------------------------------------- spreads

    def _note_spreads(self, ts: int, last: int) -> None:
        """Take the spread to contracts whose last prices are of about the same moment; their zones serve next time."""
        from qmo_tui.memory_file import Spread  # noqa: PLC0415 - as above

        rolls, self._rolls = self._rolls, []
        if self._contents is None or self._contract is None:
            return
        for other, price, at in rolls:
            if abs(ts - at) <= ROLL_NS:
                spread = Spread(
                    dataset=other.dataset,
                    earlier=other.name,
                    later=self._contract.name,
                    offset=last * self._contract.tick - price * other.tick,
                    ts=max(ts, at),
                    how=f"last prices {abs(ts - at) / 1e9:.0f} s apart",
                )
                self._contents.spreads.append(spread)
                self._spreads.append(spread)
                self._tell(f"memory: zones of {other.name} serve {self._contract.name} from the next start on")

    def _tell(self, text: str) -> None:
        _LOGGER.warning(text)
        self._tell_trader(one_line(text))


def recalled(contents: "MemoryContents", contract: "Contract") -> "tuple[Recollection, list[Contract]]":
    """Return what is remembered of a contract, zones of others mapped by their spread; and whose cannot be mapped.

    Zones of a contract are taken over once: from then on they are this contract's own.
    """
    own = contents.contracts.get(contract, Recollection())
    unmapped = []
    for other, known in contents.contracts.items():
        if not _is_related(other, contract) or other.name in own.taken or not known.zones:
            continue
        offset = _offset(contents, other, contract)
        if offset is None:
            unmapped.append(other)
        else:
            own = taken_over(own, known, contract=other.name, offset=offset)
    return own, unmapped


def remembered(path: Path, instrument: Instrument) -> tuple[Recollection, tuple[str, ...]]:
    """Read what a file remembers of a contract, and what to say of it; the file is not changed.

    Raises:
        MemoryFileError: It cannot be read, is no memory, or a newer version wrote it.
    """
    from qmo_tui.memory_file import contract_of, read_memory  # noqa: PLC0415 - as above

    contents, contract = read_memory(path), contract_of(instrument)
    recollection, unmapped = recalled(contents, contract)
    remarks = [_not_used(len(contents.contracts[other].zones), other, contract) for other in unmapped]
    if not recollection.zones:
        remarks.append(f"memory: {path.name} holds no zone that serves {contract.name}")
    return recollection, tuple(remarks)


def _is_related(other: "Contract", contract: "Contract") -> bool:
    """Whether two are different contracts of one product."""
    same_product = bool(contract.symbol) and root_of(other.symbol) == root_of(contract.symbol)
    return other != contract and other.dataset == contract.dataset and same_product


def _offset(contents: "MemoryContents", earlier: "Contract", later: "Contract") -> int | None:
    """Return by how many ticks one contract trades above another; None where that is not known, or no whole number."""
    for spread in sorted(contents.spreads, key=lambda spread: -spread.ts):
        if spread.dataset != earlier.dataset:
            continue
        if (spread.earlier, spread.later) == (earlier.name, later.name):
            offset = spread.offset
        elif (spread.earlier, spread.later) == (later.name, earlier.name):
            offset = -spread.offset
        else:
            continue
        whole = earlier.tick == later.tick and offset % later.tick == 0
        return offset // later.tick if whole else None
    return None


def _not_used(zones: int, other: "Contract", contract: "Contract") -> str:
    return (
        f"memory: {zones} zones of {other.name} are kept, not used: its spread to {contract.name} is unknown "
        f"(`qmo memory --spread {other.name} {contract.name} POINTS` tells it)"
    )
