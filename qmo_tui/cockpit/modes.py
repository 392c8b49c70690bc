"""Keys that mean something else while a mode is on, such as a list that is open or a crosshair."""

from collections.abc import Callable, Mapping

from qmo_tui.cockpit.playing import Answer

Commands = dict[str, Callable[[], Answer]]


def over(own: Mapping[str, Callable[[], Answer]], commands: Commands, is_on: Callable[[], bool]) -> Commands:
    """Return commands of which some are a mode's `own` while it is on."""
    return {name: _either(own.get(name), command, is_on) for name, command in commands.items()}


def _either(
    own: Callable[[], Answer] | None, other: Callable[[], Answer], is_on: Callable[[], bool]
) -> Callable[[], Answer]:
    if own is None:
        return other
    return lambda: own() if is_on() else other()
