"""What a journal lists: rows of named and typed columns, the same for the terminal, JSON, CSV and Parquet.

Times are nanoseconds UTC, prices decimal numbers on the tick, money dollars. Unknown is None.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from engines.trading_events import Decision, Fill, Order, Risk
from qmo_tui.aligned import aligned
from qmo_tui.journal.selection import Filters
from qmo_tui.journal.story import PromptStory, Story, Trade

Kind = Literal["text", "time", "price", "money", "made", "ratio", "r", "count", "flag"]
"""`made` is money won or lost, `r` the same in R: both with their sign."""
Row = dict[str, Any]
_SECOND_NS: Final = 1_000_000_000
_UNKNOWN: Final = "--"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a listing.

    Attributes:
        heading: What stands above it on the terminal, where there is room for the most telling ones only; None for not
            there.
    """

    name: str
    kind: Kind
    heading: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of one kind.

    Attributes:
        what: Their kind, as `LISTINGS` names it.
    """

    what: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def counted(self) -> str:
        """How many they are, in words."""
        words = "risk states" if self.what == "risk" else self.what
        return f"{len(self.rows)} {words.removesuffix('s') if len(self.rows) == 1 else words}"

    def table(self, zone: ZoneInfo, width: int | None = None) -> str:
        """Return the rows as text, in so many columns where that is not None; times by the clock of a time zone."""
        accounts = {row["account"] for row in self.rows}
        shown = [
            column
            for column in self.columns
            if column.heading is not None and (column.name != "account" or len(accounts) > 1)
        ]
        lines = [[_cell(column.kind, row[column.name], zone) for column in shown] for row in self.rows]
        right = {at for at, column in enumerate(shown) if column.kind not in {"text", "time", "flag"}}
        names = 1 + sum(column.name in {"session", "account"} for column in shown)
        return aligned([[column.heading or "" for column in shown], *lines], right=right, names=names, width=width)


@dataclass(frozen=True, slots=True)
class _Form:
    """How rows of one kind are made; the first column of kind `time` is when they are.

    Attributes:
        names_session: Whether the terminal needs a column for the session: a trade's name has it.
    """

    columns: tuple[Column, ...]
    rows: Callable[[Story], Iterable[Mapping[str, Any]]]
    names_session: bool = True


def listing(what: str, stories: Sequence[Story], filters: Filters) -> Listing:
    """Return what sessions hold of a kind that `LISTINGS` names, in the order of time.

    Raises:
        QmoError: A filter asks for what such rows cannot have.
    """
    form = LISTINGS[what]
    shared = (
        Column("session", "count", "session" if form.names_session else None),
        Column("account", "text", "account"),
    )
    columns = (*shared, *form.columns)
    moment = next(column.name for column in columns if column.kind == "time")
    rows = []
    for story in stories:
        of = {"session": story.session.id, "account": story.session.facts.account}
        for found in form.rows(story):
            row = {**of, **found}
            if filters.takes(row, what, moment):
                rows.append({column.name: row[column.name] for column in columns})
    return Listing(what, columns, tuple(sorted(rows, key=lambda row: row[moment])))


# ------------------------------------------------------------------------------------------------------------ rows


def _trades(story: Story) -> Iterable[Row]:
    return (trade_row(trade, story.tags) for trade in story.trades)


def trade_row(trade: Trade, tags: tuple[str, ...] = ()) -> Row:
    """Return a trade as a row; `tags` are those of its session."""
    first, last, prompt = trade.first, trade.last, trade.prompt
    return {
        "trade": trade.name,
        "opened": first.ts,
        "closed": trade.closed,
        "side": first.side,
        "product": first.product,
        "contracts": trade.entered,
        "trigger": trade.trigger,
        "prompt": first.prompt,
        "zone": None if prompt is None else prompt.zone,
        "confidence": None if prompt is None else prompt.confidence,
        "entry": last.entry,
        "stop": first.stop,
        "exit": last.exit,
        "risk": last.risk,
        "realised": last.realised,
        "fees": last.fees,
        "r": last.r,
        "mfe": last.mfe,
        "mae": last.mae,
        "outcome": trade.outcome,
        "reason": last.reason,
        "tags": " ".join(dict.fromkeys((*trade.tags, *tags))),
    }


def _prompts(story: Story) -> Iterable[Row]:
    return (_prompt_row(one) for one in story.prompts)


def _prompt_row(story: PromptStory) -> Row:
    prompt, fate, hindsight = story.prompt, story.fate, story.hindsight
    return {
        "prompt": prompt.id,
        "ts": prompt.ts,
        "side": prompt.side,
        "trigger": prompt.trigger,
        "order": prompt.order,
        "product": prompt.product,
        "contracts": prompt.contracts,
        "entry": prompt.entry,
        "stop": prompt.stop,
        "target": prompt.targets[0] if prompt.targets else None,
        "risk": prompt.risk,
        "reward_risk": prompt.reward_risk,
        "confidence": prompt.confidence,
        "zone": prompt.zone,
        "expires": prompt.expires,
        "outcome": story.outcome,
        "ended": None if fate is None else fate.ts,
        "reason": None if fate is None else fate.reason,
        "hindsight": None if hindsight is None else hindsight.outcome,
        "hindsight_r": None if hindsight is None else hindsight.r,
    }


def _orders(story: Story) -> Iterable[Row]:
    """Return one row an order, as it was last."""
    lives: dict[str, list[Order]] = {}
    for event in story.events:
        if isinstance(event, Order):
            lives.setdefault(event.id, []).append(event)
    for name, life in lives.items():
        last = life[-1]
        yield {
            "id": name, "ts": life[0].ts, "changed": last.ts, "prompt": last.prompt, "role": last.role,
            "type": last.type, "side": last.side, "product": last.product, "price": last.price,
            "quantity": last.quantity, "filled": last.filled, "state": last.state, "reason": last.reason,
        }  # fmt: skip


def _plain(kind: type[Decision | Fill | Risk], names: Sequence[str]) -> Callable[[Story], Iterable[Row]]:
    """Return what makes one row an event, of its fields alone."""

    def rows(story: Story) -> Iterable[Row]:
        return ({name: getattr(event, name) for name in names} for event in story.events if isinstance(event, kind))

    return rows


def _sessions(story: Story) -> Iterable[Row]:
    session, facts = story.session, story.session.facts
    closed = [trade for trade in story.trades if trade.closed is not None]
    known = [trade.last.r for trade in closed]
    yield {
        "started": facts.started, "ended": session.ended, "end_reason": session.end_reason or None,
        "restarts": session.restarts, "source": facts.source, "provenance": facts.provenance, "dataset": facts.dataset,
        "symbol": facts.symbol, "first": session.first, "newest": session.newest, "lines": session.lines,
        "prompts": len(story.prompts), "trades": len(story.trades),
        "realised": sum(trade.last.realised for trade in closed) if closed else None,
        "r": None if not known or None in known else sum(r for r in known if r is not None),
        "version": facts.version, "settings_digest": facts.settings_digest, "tags": " ".join(story.tags),
    }  # fmt: skip


def _notes(story: Story) -> Iterable[Row]:
    for note in story.notes:
        name = f"{note.session}/{note.trade}" if note.trade else str(note.session)
        yield {"of": name, "at": note.at, "text": note.text}


_DECISION: Final = (
    Column("ts", "time", "time"), Column("prompt", "text", "prompt"), Column("action", "text", "action"),
    Column("key", "text", "key"), Column("refused", "flag", "refused"), Column("reason", "text", "reason"),
)  # fmt: skip
_FILL: Final = (
    Column("id", "text", "fill"), Column("ts", "time", "time"), Column("order", "text", "order"),
    Column("prompt", "text"), Column("role", "text", "role"), Column("side", "text", "side"),
    Column("product", "text", "product"), Column("price", "price", "price"), Column("quantity", "count", "lots"),
    Column("maker", "flag", "maker"), Column("fees", "money", "fees"),
)  # fmt: skip
_RISK: Final = (
    Column("ts", "time", "time"), Column("day", "text", "day"), Column("state", "text", "state"),
    Column("until", "time", "until"), Column("realised", "made", "day $"), Column("week", "made", "week $"),
    Column("trades", "count", "trades"), Column("losses", "count", "losses"), Column("reason", "text", "reason"),
)  # fmt: skip

LISTINGS: Final[Mapping[str, _Form]] = MappingProxyType(
    {
        "trades": _Form(
            (
                Column("trade", "text", "trade"), Column("opened", "time", "opened"), Column("closed", "time"),
                Column("side", "text", "side"), Column("product", "text", "product"),
                Column("contracts", "count", "lots"), Column("trigger", "text", "trigger"), Column("prompt", "text"),
                Column("zone", "text"), Column("confidence", "ratio"), Column("entry", "price", "entry"),
                Column("stop", "price", "stop"), Column("exit", "price", "exit"), Column("risk", "money"),
                Column("realised", "made", "$"), Column("fees", "money"), Column("r", "r", "R"),
                Column("mfe", "money", "MFE $"), Column("mae", "money", "MAE $"), Column("outcome", "text", "outcome"),
                Column("reason", "text"), Column("tags", "text", "tags"),
            ),
            _trades,
            names_session=False,
        ),
        "prompts": _Form(
            (
                Column("prompt", "text", "prompt"), Column("ts", "time", "time"), Column("side", "text", "side"),
                Column("trigger", "text", "trigger"), Column("order", "text"), Column("product", "text", "product"),
                Column("contracts", "count", "lots"), Column("entry", "price", "entry"),
                Column("stop", "price", "stop"), Column("target", "price", "target"), Column("risk", "money", "risk $"),
                Column("reward_risk", "ratio", "R:R"), Column("confidence", "ratio", "score"), Column("zone", "text"),
                Column("expires", "time"), Column("outcome", "text", "outcome"), Column("ended", "time"),
                Column("reason", "text", "reason"), Column("hindsight", "text", "hindsight"),
                Column("hindsight_r", "r", "in R"),
            ),
            _prompts,
        ),
        "orders": _Form(
            (
                Column("id", "text", "order"), Column("ts", "time", "time"), Column("changed", "time"),
                Column("prompt", "text", "prompt"), Column("role", "text", "role"), Column("type", "text", "type"),
                Column("side", "text", "side"), Column("product", "text", "product"),
                Column("price", "price", "price"), Column("quantity", "count", "lots"),
                Column("filled", "count", "filled"), Column("state", "text", "state"),
                Column("reason", "text", "reason"),
            ),
            _orders,
        ),
        "fills": _Form(_FILL, _plain(Fill, [column.name for column in _FILL])),
        "decisions": _Form(_DECISION, _plain(Decision, [column.name for column in _DECISION])),
        "risk": _Form(_RISK, _plain(Risk, [column.name for column in _RISK])),
        "sessions": _Form(
            (
                Column("started", "time", "started"), Column("ended", "time", "ended"),
                Column("end_reason", "text", "end"), Column("restarts", "count"), Column("source", "text", "source"),
                Column("provenance", "text"), Column("dataset", "text"), Column("symbol", "text", "contract"),
                Column("first", "time"), Column("newest", "time"), Column("lines", "count"),
                Column("prompts", "count", "prompts"), Column("trades", "count", "trades"),
                Column("realised", "made", "$"), Column("r", "r", "R"), Column("version", "text"),
                Column("settings_digest", "text"), Column("tags", "text", "tags"),
            ),
            _sessions,
        ),
        "notes": _Form(
            (Column("of", "text", "of"), Column("at", "time", "at"), Column("text", "text", "note")),
            _notes,
            names_session=False,
        ),
    }
)  # fmt: skip
"""Every kind of rows by its name."""


# ------------------------------------------------------------------------------------------------------------ cells


def _cell(kind: Kind, value: Any, zone: ZoneInfo) -> str:
    if value is None:
        return _UNKNOWN
    return _FORMATS[kind](value, zone)


def price(value: float) -> str:
    """Return a price with one decimal digit at least, and as many as an average has."""
    return f"{value:.1f}" if round(value, 1) == value else f"{value:.10g}"


def clock(ts: int, zone: ZoneInfo) -> str:
    """Return a moment by the clock of a time zone, to the second."""
    return f"{datetime.fromtimestamp(ts // _SECOND_NS, zone):%Y-%m-%d %H:%M:%S}"


_FORMATS: Final[Mapping[Kind, Callable[[Any, ZoneInfo], str]]] = MappingProxyType(
    {
        "text": lambda value, _: str(value),
        "time": clock,
        "price": lambda value, _: price(value),
        "money": lambda value, _: f"{value:,.2f}",
        "made": lambda value, _: f"{value:+,.2f}",
        "r": lambda value, _: f"{value:+.2f}",
        "ratio": lambda value, _: f"{value:.2f}",
        "count": lambda value, _: f"{value}",
        "flag": lambda value, _: "yes" if value else "no",
    }
)
