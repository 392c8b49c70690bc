"""What a journal knows of a session beside its events, and what a session that was cut off left behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from engines.execution.money import Product
from engines.trading_events import Fill, Order, Position, Prompt

Account = Literal["paper", "demo", "replay"]
"""`paper` trades on live data; `demo` and `replay` are practice, and are kept in another file."""
ACCOUNTS: Final[tuple[Account, ...]] = get_args(Account)


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What is known of a session when it begins.

    Attributes:
        source: What the screen calls the source (`databento mbo`, a file's name).
        provenance: `live`, `replay` or `demo`.
        symbol: Raw symbol of the contract; empty while not known.
        tick: Its tick in price units; None while not known.
        products: What can be traded, as money.
        started: Wall clock, ns UTC.
        version: Of the program.
        settings_digest: Of the settings in force.
    """

    account: Account
    source: str
    provenance: str
    dataset: str
    symbol: str
    tick: float | None
    products: tuple[Product, ...]
    started: int
    version: str
    settings_digest: str


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session as the journal keeps it.

    Attributes:
        ended: Wall clock, ns UTC; None while it runs, and where nobody could say when it was cut off.
        end_reason: Why it ended; empty while it runs, and after a cut that nobody has found yet.
        restarts: How often it went on after it was cut off.
        lines: Events kept.
        first: Event time of the first one, ns; None without events.
        newest: Of the newest one.
    """

    id: int
    facts: SessionFacts
    ended: int | None = None
    end_reason: str = ""
    restarts: int = 0
    lines: int = 0
    first: int | None = None
    newest: int | None = None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What a session that was cut off left behind, so that it can go on.

    Attributes:
        position: Newest event of the position that is open; None while flat.
        opened: The event that opened it.
        plan: The prompt that it came from, with stop and targets as they were confirmed; None for none.
        orders: Newest event of every order that had not ended, the oldest order first; stop and targets among them.
        fills: Every fill of the open position: those since the account was last flat.
        undone: Prompts for an entry that were accepted, and of which no order followed: the program was stopped
            between. Orders that were never handed on stand among `orders` as `pending`.
        newest_ids: By kind of event (`prompt`, `order`, `fill`, `position`) the id that was given out last.
    """

    session: SessionRecord
    position: Position | None = None
    opened: Position | None = None
    plan: Prompt | None = None
    orders: tuple[Order, ...] = ()
    fills: tuple[Fill, ...] = ()
    undone: tuple[Prompt, ...] = ()
    newest_ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_flat(self) -> bool:
        """Whether nothing is held and nothing works."""
        return self.position is None and not self.orders
