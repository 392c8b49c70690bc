"""Whether a finished recording still holds what was received: compared with its sidecar, byte for byte."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from feeds.recorder import naming
from feeds.recorder.scan import Scan, scan
from feeds.recorder.session_file import plain_counts
from feeds.recorder.sidecar import Sidecar, read_sidecar


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found; `problems` is empty for a recording that is as it was written. One line each."""

    path: Path
    records: int
    problems: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(path: Path) -> Verification:
    """Read a whole recording and compare it with its sidecar; takes about as long as decompressing it.

    Raises:
        OSError: One of the two cannot be read.
    """
    with path.open("rb") as file:
        found = scan(file)
    sidecar = read_sidecar(naming.beside(path, naming.SIDECAR))
    problems = _broken(found) if sidecar is None else (*_broken(found), *_different(found, sidecar))
    missing = ("there is no sidecar that can be read: what it should hold is unknown",) if sidecar is None else ()
    return Verification(path, found.tally.records, (*problems, *missing))


def _broken(found: Scan) -> tuple[str, ...]:
    if found.metadata is None:
        return ("it has no DBN header",)
    if found.sound_bytes < found.size:
        return (f"it is cut or broken after byte {found.sound_bytes:,} of {found.size:,}",)
    return ()


def _different(found: Scan, sidecar: Sidecar) -> Iterator[str]:
    if sidecar.state != "closed":
        yield "its sidecar was not finished"
    for what, held, stated in (
        ("records", found.tally.records, sidecar.records),
        ("record bytes", found.tally.bytes, sidecar.record_bytes),
        ("frames", found.frames, sidecar.frames),
        ("bytes", found.size, sidecar.bytes),
    ):
        if held != stated:
            yield f"it holds {held:,} {what}, its sidecar says {stated:,}"
    if plain_counts(found.tally.schemas) != sidecar.schemas:
        yield "its records by schema are not those of its sidecar"
    if found.digest != sidecar.digest:
        yield "its records are not those that were written: the digest differs"
