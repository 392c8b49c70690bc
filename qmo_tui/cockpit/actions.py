"""Every key of the cockpit in one table: bindings, footer, help and documentation are read from it."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Group(StrEnum):
    """Under which heading an action stands in help and documentation."""

    TRADING = "Trading"
    TRANSPORT = "Replay"
    LINE = "Live"
    LADDER = "Ladder and tape"
    CHART = "Chart"
    ZONES = "Zones and mentor"
    PANES = "Panes"
    SCREEN = "Screen"


@dataclass(frozen=True, slots=True)
class Action:
    """Something the trader can do with a key.

    Attributes:
        name: Name in `keymap.toml`.
        keys: Default keys, as Textual names them; the first one is shown.
        title: A few words, in the imperative.
        text: One sentence that says what the title does not.
        short: Word for the footer; empty leaves it out there.
        opens_input: Keys typed right after it are text, so it is done before they are given out.
    """

    name: str
    keys: tuple[str, ...]
    title: str
    group: Group
    text: str
    short: str = ""
    opens_input: bool = False


ACTIONS: Final = (
    Action("arm_buy", ("b",), "arm the buy prompt", Group.TRADING, "Nothing is sent before it is confirmed."),
    Action("arm_sell", ("s",), "arm the sell prompt", Group.TRADING, "Nothing is sent before it is confirmed."),
    Action("confirm", ("y",), "send what is armed", Group.TRADING, "Once seen; a held key never counts."),
    Action("reject", ("n",), "reject the prompt", Group.TRADING, "The armed one, else the newest."),
    Action("snooze", ("a",), "put prompt aside", Group.TRADING, "It may come back a while later."),
    Action("fewer_lots", ("5",), "fewer lots", Group.TRADING, "Of the prompt, down to one."),
    Action("more_lots", ("6",), "more lots", Group.TRADING, "Never beyond what may be risked."),
    Action("stop_down", ("1",), "stop a tick lower", Group.TRADING, "A position's stop never loosens."),
    Action("stop_up", ("2",), "stop a tick higher", Group.TRADING, "Of the prompt, else of the position."),
    Action("target_down", ("3",), "target a tick lower", Group.TRADING, "The nearest one."),
    Action("target_up", ("4",), "target a tick higher", Group.TRADING, "The nearest one."),
    Action("manual_buy", ("B",), "prompt a buy there", Group.TRADING, "At the cursor; armed and sent as any."),
    Action("manual_sell", ("S",), "prompt a sell there", Group.TRADING, "At the cursor; armed and sent as any."),
    Action("cancel_entry", ("x",), "cancel the entry", Group.TRADING, "What has filled stays protected."),
    Action("break_even", ("E",), "stop to break-even", Group.TRADING, "Where leaving costs nothing."),
    Action("close_position", ("X",), "prompt to close", Group.TRADING, "At the market; armed and sent as any."),
    Action(
        "flatten",
        ("f",),
        "flatten and lock",
        Group.TRADING,
        "At once; no more entries today.",
        "flatten+lock",
    ),
    Action("pause", ("space",), "pause, play on", Group.TRANSPORT, "After the current matching event.", "pause"),
    Action("faster", ("plus", "equals_sign"), "play faster", Group.TRANSPORT, "The next speed, up to max.", "faster"),
    Action("slower", ("minus",), "play slower", Group.TRANSPORT, "The next lower speed, down to 0.1x.", "slower"),
    Action("step_event", ("comma",), "step one event", Group.TRANSPORT, "One matching event, then pause.", "event"),
    Action("step_second", ("full_stop",), "step one second", Group.TRANSPORT, "One second of market time.", "second"),
    Action("step_minute", ("slash",), "step one minute", Group.TRANSPORT, "One minute of market time.", "minute"),
    Action("seek_zone", ("greater_than_sign",), "on to the next zone", Group.TRANSPORT, "Unseen, then pauses.", "zone"),
    Action("seek_prompt", ("p",), "on to the next prompt", Group.TRANSPORT, "Unseen, then pauses.", "prompt"),
    Action("seek_alert", ("ctrl+n",), "on to the next alert", Group.TRANSPORT, "Prompt, trade or lock."),
    Action("back_mark", ("less_than_sign",), "back to the last mark", Group.TRANSPORT, "Of those on the bar."),
    Action("loop", ("r",), "loop: begin, end, off", Group.TRANSPORT, "Between two times; on the bar."),
    Action("back_minute", ("left",), "back 1 minute", Group.TRANSPORT, "Plays again from the start, unseen."),
    Action("ahead_minute", ("right",), "ahead 1 minute", Group.TRANSPORT, "Plays through it, unseen.", "1 min"),
    Action("back_ten", ("shift+left",), "back 10 minutes", Group.TRANSPORT, "Plays again from the start, unseen."),
    Action("ahead_ten", ("shift+right",), "ahead 10 minutes", Group.TRANSPORT, "Plays through them, unseen."),
    Action(
        "go_to",
        ("g",),
        "go to a time",
        Group.TRANSPORT,
        "18:10 or 18:10:30; with Z in UTC.",
        "go to",
        opens_input=True,
    ),
    Action("go_to_start", ("home",), "go to the start", Group.TRANSPORT, "The first event of the recording."),
    Action("go_to_end", ("end",), "go to the end", Group.TRANSPORT, "The last event, once it is known."),
    Action("line", ("l",), "show or hide the line", Group.LINE, "What the feed went through.", "line"),
    Action("record", ("R",), "begin, end recording", Group.LINE, "It begins with a fresh snapshot.", "record"),
    Action("centre", ("c",), "centre on the market", Group.LADDER, "It stays put otherwise.", "centre"),
    Action("scroll_up", ("up",), "one row up", Group.LADDER, "Of the pane in focus."),
    Action("scroll_down", ("down",), "one row down", Group.LADDER, "Of the pane in focus."),
    Action("page_up", ("pageup",), "half a page up", Group.LADDER, "Of it, or of an opened zone."),
    Action("page_down", ("pagedown",), "half a page down", Group.LADDER, "Of it, or of an opened zone."),
    Action("price_cursor", ("e",), "cursor on the ladder", Group.LADDER, "For an entry by hand; arrows move it."),
    Action("columns", ("C",), "choose the columns", Group.LADDER, "u shows or hides, 0 and 9 move."),
    Action("larger_prints", ("right_square_bracket",), "larger prints only", Group.LADDER, "Raises the smallest size."),
    Action(
        "smaller_prints", ("left_square_bracket",), "smaller prints, too", Group.LADDER, "Lowers the smallest size."
    ),
    Action("price_alert", ("T",), "alert at the cursor", Group.LADDER, "Sets or takes it; without one, lists."),
    Action("interval", ("i",), "next interval", Group.CHART, "1s, 1m, 5m, 15m, 1h.", "interval"),
    Action("previous_interval", ("I",), "previous interval", Group.CHART, "1h, 15m, 5m, 1m, 1s."),
    Action("chart_kind", ("v",), "candles or footprint", Group.CHART, "Then delta footprint.", "chart"),
    Action("beneath", ("d",), "delta, CVD or volume", Group.CHART, "Beneath the candles."),
    Action("crosshair", ("h",), "read a bar, a price", Group.CHART, "Arrows move the crosshair."),
    Action("levels", ("G",), "show or hide Gann", Group.CHART, "On chart and ladder."),
    Action("pin", ("A",), "pin, unpin for Gann", Group.CHART, "The range of the bars."),
    Action("zones", ("z",), "show or hide zones", Group.ZONES, "In the tape's room where it is small.", "zones"),
    Action("zone_kind", ("Z",), "next kind of zone", Group.ZONES, "On ladder and chart, too."),
    Action("next_zone", ("j",), "next zone or reason", Group.ZONES, "Down the table: further from price."),
    Action("previous_zone", ("k",), "previous one", Group.ZONES, "Up the table: nearer to price."),
    Action("open_zone", ("o",), "open, close a zone", Group.ZONES, "The records behind it; PgDn scrolls.", "open zone"),
    Action("mentor", ("m",), "show or hide mentor", Group.ZONES, "Pillars, time, sentences.", "mentor"),
    Action("why", ("w",), "why: the reasons", Group.ZONES, "Of each pillar; o opens the zone.", "why"),
    Action("next_pane", ("tab",), "next pane", Group.PANES, "Arrows and pages act on it."),
    Action("previous_pane", ("shift+tab",), "previous pane", Group.PANES, "Arrows and pages act on it."),
    Action("zoom", ("F",), "zoom the pane", Group.PANES, "Again, or Esc, gives it back.", "zoom"),
    Action("next_layout", ("L",), "next layout", Group.PANES, "Remembered for the next start.", "layout"),
    Action("save_layout", ("ctrl+l",), "save the layout", Group.PANES, "Under a name you type.", opens_input=True),
    Action("narrower", ("7",), "narrower pane", Group.PANES, "The one in focus."),
    Action("wider", ("8",), "wider pane", Group.PANES, "Ctrl+L keeps it."),
    Action("lower", ("9",), "lower pane", Group.PANES, "The one in focus."),
    Action("higher", ("0",), "higher pane", Group.PANES, "Ctrl+L keeps it."),
    Action("choose", ("u",), "next choice of pane", Group.PANES, "Kinds of zones, lines, profiles."),
    Action("health", ("H",), "health of the feed", Group.PANES, "Age, rate, gaps, recording."),
    Action("log", ("D",), "log of the session", Group.PANES, "u chooses a kind; arrows scroll."),
    Action(
        "commands",
        ("colon", "ctrl+p"),
        "find a command",
        Group.SCREEN,
        "By a part of its name, or a time.",
        "command",
        opens_input=True,
    ),
    Action("help", ("question_mark", "f1"), "show or hide the keys", Group.SCREEN, "The market runs on.", "help"),
    Action("messages", ("exclamation_mark",), "messages in full", Group.SCREEN, "Errors, remarks, alerts."),
    Action("mute", ("M",), "mute alerts", Group.SCREEN, "No bell, flash, command; again: tell."),
    Action("theme", ("t",), "next theme", Group.SCREEN, "Colour-blind safe, dark, light, ansi, yours."),
    Action("meter", ("U",), "show or hide the cost", Group.SCREEN, "Frames, lag, bytes, cores, views."),
    Action("screenshot", ("P", "ctrl+s"), "save a picture", Group.SCREEN, "An SVG file; its path is shown."),
    Action("dismiss", ("escape",), "disarm; close help", Group.SCREEN, "Or what is opened. Never quits."),
    Action("quit", ("q", "ctrl+q", "ctrl+c"), "quit", Group.SCREEN, "Twice while a trade is open.", "quit"),
)

RESERVED_KEYS: Final = frozenset({"b", "s", "y", "n", "f"})
"""Keys that commit money or answer for it; actions of other groups may never be bound to them."""
UNFIT_FOR_TRADING: Final = frozenset({"enter", "space", "escape", "tab", "ctrl+m", "ctrl+j", "ctrl+i"})
"""Keys that are pressed without a thought or by habit, and those that terminals send for them; they never trade."""

_SHOWN: Final = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "comma": ",",
    "full_stop": ".",
    "space": "Space",
    "escape": "Esc",
    "tab": "Tab",
    "home": "Home",
    "end": "End",
    "colon": ":",
    "greater_than_sign": ">",
    "less_than_sign": "<",
}
_PUNCTUATION: Final = {"plus": "+", "minus": "-", "slash": "/"}


def key_name(key: str) -> str:
    """Return Textual's name of a key that may be written as a character: `?` is `question_mark`."""
    if len(key) != 1 or key.isalnum():
        return key
    return next(
        (name for name, character in _PUNCTUATION.items() if character == key),
        unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_"),
    )


def shown_key(key: str) -> str:
    """Return a key as a keyboard shows it."""
    *modifiers, last = key.split("+")
    if last in _SHOWN:
        last = _SHOWN[last]
    elif last in _PUNCTUATION:
        last = _PUNCTUATION[last]
    elif "_" in last:
        last = unicodedata.lookup(last.replace("_", " ").upper())
    elif last[0] == "f" and last[1:].isdigit():
        last = last.upper()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), last])


def keys_of(action: Action, keymap: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the keys of an action, the trader's own before the default ones."""
    return keymap.get(action.name, action.keys)


def grouped(actions: Iterable[Action] = ACTIONS) -> dict[Group, list[Action]]:
    """Return the actions under their headings, both in the order of the table."""
    groups: dict[Group, list[Action]] = {}
    for action in actions:
        groups.setdefault(action.group, []).append(action)
    return groups


def docs(keymap: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """Return the table as Markdown, for the documentation."""
    lines = ["| key | action | name in keymap.toml | |", "|---|---|---|---|"]
    for group, actions in grouped().items():
        lines.append(f"| **{group}** | | | |")
        for action in actions:
            keys = " or ".join(f"`{shown_key(key)}`" for key in keys_of(action, keymap or {}))
            lines.append(f"| {keys} | {action.title} | `{action.name}` | {action.text} |")
    return "\n".join(lines) + "\n"
