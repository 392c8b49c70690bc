"""What the command list offers: every action, and what an action leads to by its value (a speed, a theme, a time)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import tzinfo
from functools import partial
from typing import TypeAlias

from qmo_tui.cockpit.actions import ACTIONS, Action, Group, keys_of, shown_key
from qmo_tui.cockpit.command_choice import Command, Offer
from qmo_tui.cockpit.desk import Desk
from qmo_tui.cockpit.moments import MomentError
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.scrub import SIGNS
from qmo_tui.cockpit.playing import SPEEDS, Answer, TransportKeys

Provider: TypeAlias = Callable[[str], Iterable[Offer]]
"""Offers what fits what was typed, or everything; the list picks and sorts."""
Keymap: TypeAlias = Mapping[str, tuple[str, ...]]

BY_KEY_ALONE = "pressed by its key alone"
"""Why nothing that trades can be chosen from a list: two keys that are known by heart, and nothing else."""


_OF_THE_LIST = frozenset({"commands", "dismiss"})
"""Actions that open and close the list itself."""


def actions_offered(commands: Mapping[str, Command], keymap: Keymap, playing: TransportKeys, desk: Desk) -> Provider:
    """Offer every action; those of trading and those that have no place here say why they are refused."""

    def refused(action: Action) -> str:
        if action.group is Group.TRADING:
            return BY_KEY_ALONE
        if action.group is Group.TRANSPORT and desk.transport is None:
            return playing.absent
        return "a recording has no line to the market" if action.group is Group.LINE and desk.line is None else ""

    def offers(_: str) -> Iterator[Offer]:
        for action in ACTIONS:
            if action.name in _OF_THE_LIST:
                continue
            key = " ".join(shown_key(key) for key in keys_of(action, keymap))
            yield Offer(action.title, commands.get(action.name, lambda: None), key, action.text, refused(action))

    return offers


def values_offered(what: str, values: Mapping[str, Command]) -> Provider:
    """Offer the values of something by their names: `theme light`."""
    return lambda _: (Offer(f"{what} {name}", do) for name, do in values.items())


def speeds_offered(playing: TransportKeys, desk: Desk) -> Provider:
    """Offer every speed by its value."""

    def offers(_: str) -> Iterator[Offer]:
        refused = playing.absent if desk.transport is None else ""
        for speed in SPEEDS:
            yield Offer(f"speed {numbers.speed(speed)}", partial(playing.set_speed, speed), refused=refused)

    return offers


def moments_offered(playing: TransportKeys, desk: Desk, zone: tzinfo) -> Provider:
    """Offer to go to what was typed, where it begins as a time does."""

    def go_to(text: str) -> Answer:
        try:
            return playing.go_to(text, zone)
        except MomentError as refusal:
            return str(refusal)

    def offers(query: str) -> Iterator[Offer]:
        if desk.transport is not None and query[:1].isdigit():
            yield Offer(
                f"go to {query}", partial(go_to, query), text="a time, in the zone of the screen or with Z in UTC"
            )

    return offers


def marks_offered(playing: TransportKeys, desk: Desk, zone: tzinfo) -> Provider:
    """Offer to go to what was passed, the newest first."""

    def offers(query: str) -> Iterator[Offer]:
        playback = desk.playback
        if desk.transport is None or playback is None or not query:
            return
        for mark in reversed(playback.marks):
            sign, _ = SIGNS[mark.kind]
            title = f"{sign} {times.clock(mark.ts, zone)} {mark.text}"
            yield Offer(title, partial(playing.seek_mark, mark), text="where it was passed")

    return offers
