"""What the account may see: the ladder of schemas, best first, and which of them were denied.

The gateway ends a session over one schema that the account may not see, and says so only then. So a session asks for
one rung of the ladder, a denied schema is remembered, and the next session asks for the next rung. What was denied is
asked for again on another session day, or when somebody wants to know.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from feeds.records import Schema

BESIDE: Final = (Schema.DEFINITION, Schema.STATUS, Schema.STATISTICS)
"""What every session subscribes besides the market itself, each only while it is not denied."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder.

    Attributes:
        schema: The schema that the market is followed by, and the only one whose trades count.
        also: What is subscribed with it where the account may see it.
        gives: What can be known with it, in words for the screen.
        lacks: What cannot, compared with the rung above; empty on the highest.
    """

    schema: Schema
    also: tuple[Schema, ...]
    gives: str
    lacks: str


LADDER: Final = (
    Rung(
        schema=Schema.MBO,
        also=(),
        gives="every order: full depth, queues, icebergs and stops exactly",
        lacks="",
    ),
    Rung(
        schema=Schema.MBP_10,
        also=(),
        gives="ten levels a side and every trade",
        lacks="no orders: icebergs are inferred, queues and stops unknown",
    ),
    Rung(
        schema=Schema.MBP_1,
        also=(Schema.TRADES,),
        gives="best bid and ask and every trade",
        lacks="no depth and no orders: no icebergs, queues, stops or absorption behind the best price",
    ),
)


@dataclass(frozen=True, slots=True)
class Denial:
    """A schema that the account may not see, in the gateway's words, and the session day on which it said so."""

    schema: Schema
    reason: str
    day: Hashable


class Access:
    """What was denied; one of these serves all sessions of the program."""

    def __init__(self) -> None:
        self._denied: dict[Schema, Denial] = {}

    @property
    def denials(self) -> tuple[Denial, ...]:
        """Everything denied and not asked for again since."""
        return tuple(self._denied.values())

    def deny(self, schema: Schema, reason: str, day: Hashable) -> None:
        """Remember that a schema was denied."""
        self._denied[schema] = Denial(schema, reason, day)

    def forget(self) -> None:
        """Let the next session ask for everything again."""
        self._denied.clear()

    def may_ask(self, schema: Schema, day: Hashable) -> bool:
        """Whether a session on this day asks for a schema."""
        denial = self._denied.get(schema)
        return denial is None or denial.day != day

    def rung(self, best: Schema, day: Hashable) -> Rung | None:
        """Return the best rung, from that of `best` down, that may be asked for; None where there is none."""
        wanted = [rung.schema for rung in LADDER].index(best)
        return next((rung for rung in LADDER[wanted:] if self.may_ask(rung.schema, day)), None)

    def shortfall(self, best: Schema, rung: Rung) -> str:
        """Say why a rung is lower than the one wanted, and what is missing; empty where it is not."""
        if rung.schema is best:
            return ""
        denial = self._denied.get(best)
        why = "" if denial is None else f" ({denial.reason})"
        return f"{rung.schema} instead of {best}{why}: {rung.lacks}"
