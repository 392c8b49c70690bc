"""`qmo memory`: what is remembered of each contract, and the spread by which one contract's zones serve the next."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qmo_tui.errors import QmoError

if TYPE_CHECKING:
    from engines.zones.memory_state import KeptZone, Recollection
    from qmo_tui.memory_file import Contract, MemoryContents, Spread

_HEADINGS = "zone            side  low         high        held      touches  age  lots  found by"


def memory(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A memory; by default the one of live sessions.")
    ] = None,
    *,
    spread: Annotated[
        tuple[str, str, float] | None,
        typer.Option(
            metavar="EARLIER LATER POINTS",
            help="Note that contract LATER trades POINTS above EARLIER, so that zones of the one serve the other.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """List the zones that outlive sessions; only --spread changes anything."""
    from qmo_tui.memory_file import MemoryContents, read_memory
    from qmo_tui.paths import memory_file

    path = file or memory_file()
    if spread is not None:
        _note_spread(path, *spread)
    contents = read_memory(path) if file is not None or path.exists() else MemoryContents()
    if json:
        import msgspec

        sys.stdout.write(msgspec.json.encode(_as_json(path, contents)).decode() + "\n")
        return
    typer.echo(f"{path}: {len(contents.contracts)} contracts")
    for contract, known in contents.contracts.items():
        _print_contract(contract, known)
    for one in contents.spreads:
        typer.echo(f"{one.later} trades {one.offset / 1e9:+g} above {one.earlier} ({one.how})")


def _note_spread(path: Path, earlier: str, later: str, points: float) -> None:
    """Write a spread into the memory.

    Raises:
        QmoError: A running program keeps the file, it does not know the earlier contract, or cannot be written.
    """
    from qmo_tui.memory_file import MemoryFile, Spread

    file = MemoryFile(path)
    contents, remarks = file.open()
    try:
        if remarks:
            raise QmoError(remarks[0])
        known = next((contract for contract in contents.contracts if contract.name == earlier), None)
        if known is None:
            raise QmoError(f"{path} remembers nothing of {earlier}; `qmo memory` lists what it knows")
        offset = round(points * 1e9)
        if offset % known.tick:
            raise QmoError(f"--spread {points:g}: no multiple of the tick of {earlier}, {known.tick / 1e9:g}")
        spread = Spread(known.dataset, earlier, later, offset, contents.contracts[known].watched_until, "given")
        file.save({}, [spread])
    finally:
        file.close()


def _print_contract(contract: "Contract", known: "Recollection") -> None:
    typer.echo(f"\n{contract.name} ({contract.dataset}): {len(known.zones)} zones, {known.sessions} sessions seen")
    if known.zones:
        typer.echo(_HEADINGS)
    for zone in sorted(known.zones, key=lambda zone: -zone.high):
        low, high = (f"{tick * contract.tick / 1e9:.10g}" for tick in (zone.low, zone.high))
        held = f"{zone.held} of {zone.judged}" if zone.judged else "--"
        age = known.sessions - zone.session
        found = ", ".join(zone.kinds) + (", flipped" if zone.flipped else "")
        typer.echo(
            f"memory-{zone.number:<9}{zone.side:6}{low:<12}{high:<12}{held:10}{zone.touches:<9}{age:<5}"
            f"{zone.evidence:<6.1f}{found}"
        )


def _as_json(path: Path, contents: "MemoryContents") -> dict[str, Any]:
    return {
        "file": str(path),
        "contracts": [_contract_json(contract, known) for contract, known in contents.contracts.items()],
        "spreads": [_spread_json(spread) for spread in contents.spreads],
    }


def _contract_json(contract: "Contract", known: "Recollection") -> dict[str, Any]:
    return {
        **contract._asdict(),
        "tick": contract.tick / 1e9,
        "sessions": known.sessions,
        "watched_until": known.watched_until or None,
        "zones": [_zone_json(contract, known, zone) for zone in known.zones],
    }


def _zone_json(contract: "Contract", known: "Recollection", zone: "KeptZone") -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(zone)
    prices = {"low": zone.low * contract.tick / 1e9, "high": zone.high * contract.tick / 1e9}
    return {"id": f"memory-{zone.number}", **plain, **prices, "age": known.sessions - zone.session}


def _spread_json(spread: "Spread") -> dict[str, Any]:
    return {
        "earlier": spread.earlier, "later": spread.later, "points": spread.offset / 1e9, "ts": spread.ts,
        "how": spread.how,
    }  # fmt: skip
