"""Gates in words: which ones forbid a prompt, why, and when they are expected to open."""

from collections.abc import Sequence
from datetime import tzinfo

from engines.mentor_view import Gate
from qmo_tui.cockpit.painting import times
from qmo_tui.cockpit.painting.spans import Row, printable


def closed_gates(gates: Sequence[Gate]) -> list[Gate]:
    """Return the gates that forbid prompts, in their order."""
    return [gate for gate in gates if not gate.is_open]


def gate_text(gate: Gate, zone: tzinfo) -> str:
    """Return why a closed gate is closed, and until when."""
    until = "" if gate.until is None else f", till {times.clock_minutes(gate.until, zone)}"
    return f"✕ {gate.name}{until}: {printable(gate.reason)}"


def gate_in_short(gates: Sequence[Gate], zone: tzinfo) -> Row:
    """Return the first closed gate and how many more are, or that all are open."""
    closed = closed_gates(gates)
    if not closed:
        return (("gates open", "muted"),)
    more = f" +{len(closed) - 1}" if len(closed) > 1 else ""
    return ((f"{gate_text(closed[0], zone)}{more}", "warn"),)
