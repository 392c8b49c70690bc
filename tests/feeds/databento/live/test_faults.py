"""Whatever goes wrong on the line: the book comes back as it should be, or the state says what is wrong.

Every case is a fault, at a moment, on a rung of the ladder, against a gateway that does exactly that while the market
moves on. In none of them may the end be a book that is silently wrong, a wait without end, or a socket left open (the
last two are looked at by `follow`). The market runs a hundred times too fast, and so do all waits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from engines.pipeline import Pipeline
from engines.view import BookState, LadderRow, MarketView, ViewRequest
from feeds.databento.gateway import (
    Cut,
    CutSnapshot,
    Deny,
    End,
    Fault,
    ForgetSymbol,
    Garbage,
    Gateway,
    Greet,
    HalfHeader,
    IgnoreAuthentication,
    LimitConnections,
    Refuse,
    RejectKey,
    Repeat,
    Service,
    Skip,
    Slow,
    Stall,
    Truncate,
    WarnSlowReader,
    When,
    first,
)
from feeds.databento.live import DatabentoLive, LiveMemory
from feeds.databento.stream import StreamOptions
from feeds.errors import KeyRefused, NotEntitled, UnknownSymbol
from feeds.records import F_LAST, Batch, Schema
from feeds.states import FeedState
from tests.feeds.databento.live.conftest import CONTRACT, Day
from tests.feeds.databento.live.following import Heard, follow, never

RUNGS = (Schema.MBO, Schema.MBP_10, Schema.MBP_1)
ONCE = first(1)
MAKERS: dict[str, Callable[[int], Fault]] = {
    "FIN": lambda after: Cut(after=after, how=End.FIN, connections=ONCE),
    "RST": lambda after: Cut(after=after, how=End.RST, connections=ONCE),
    "FIN and the market moves on": lambda after: Cut(after=after, missed=50, connections=ONCE),
    "RST and the market moves on": lambda after: Cut(after=after, how=End.RST, missed=50, connections=ONCE),
    "stall": lambda after: Stall(after=after, connections=ONCE),
    "slow": lambda after: Slow(after=after, bytes_per_second=1_000_000, connections=ONCE),
    "garbage": lambda after: Garbage(after=after, connections=ONCE),
    "repeated run": lambda after: Repeat(after=after, count=60, connections=ONCE),
    "repeated record": lambda after: Repeat(after=after, count=1, connections=ONCE),
    "half a record": lambda after: Truncate(after=after, connections=ONCE),
    "skipped records": lambda after: Skip(after=after, count=80, connections=ONCE),
    "slow reader warning": lambda after: WarnSlowReader(after=after, connections=ONCE),
}
BEFORE_THE_STREAM: dict[str, Fault] = {
    "refused": Refuse(connections=first(2)),
    "not a gateway": Greet(connections=ONCE),
    "no answer": IgnoreAuthentication(connections=ONCE),
    "connection limit": LimitConnections(connections=first(3)),
    "half a header": HalfHeader(connections=ONCE),
    "definitions denied": Deny(schema=Schema.DEFINITION),
    "statistics denied": Deny(schema=Schema.STATISTICS, when=When.BEFORE),
}


@dataclass(frozen=True)
class Market:
    """What can be seen of a market: every price of the book, what traded, and whether the book is believed."""

    ladder: tuple[LadderRow, ...]
    volume: int
    resting: int | None
    state: BookState


@dataclass(frozen=True)
class Top:
    """A book at a glance."""

    bid: int | None
    bid_size: int | None
    ask: int | None
    ask_size: int | None
    resting: int | None

    @classmethod
    def of(cls, view: MarketView) -> "Top":
        return cls(view.best_bid, view.best_bid_size, view.best_ask, view.best_ask_size, view.resting_orders)


@pytest.fixture(scope="session")
def tops(day: Day) -> dict[bytes, Top]:
    """Return what the book of the file is at each end of a matching event, by the event's last record."""
    pipeline, orders = Pipeline(CONTRACT, schema=Schema.MBO), day.records[Schema.MBO]
    found: dict[bytes, Top] = {}
    for place in range(day.snapshot - 1, len(orders)):
        pipeline.process(Batch(Schema.MBO, orders[place if found else 0 : place + 1]))
        if orders["flags"][place] & F_LAST:
            found[orders[place].tobytes()] = Top.of(pipeline.view(ViewRequest()))
    return found


def seen(pipeline: Pipeline) -> Market:
    view = pipeline.view(ViewRequest(ladder_top=20_500, ladder_rows=1_000))
    ladder = tuple(LadderRow(row.tick, row.bid, row.bid_orders, row.ask, row.ask_orders) for row in view.ladder)
    return Market(ladder, view.volume, view.resting_orders, view.book)


def truth(day: Day, schema: Schema) -> Market:
    """What the file shows when it is read through."""
    pipeline = Pipeline(CONTRACT, schema=schema)
    pipeline.process(day.batch(schema))
    return seen(pipeline)


def faulty(day: Day, faults: Sequence[Fault], schema: Schema = Schema.MBO, **options: Any) -> Heard:
    """Follow a market for longer than it lasts, as the cockpit does: a book it doubts is asked for anew."""
    return follow(
        day.recording(),
        faults,
        best=schema,
        until=never,
        seconds=0.6,
        service=Service(speed=100.0, heartbeat_seconds=0.02),
        gateway_options={"silence_seconds": 0.05, "authenticate_seconds": 0.05},
        stream=StreamOptions(definition_seconds=0.02),
        memory=LiveMemory(connect_spacing=0.002),
        backoff_first=0.002,
        backoff_longest=0.004,
        meanwhile=look,
        **options,
    )


def look(live: DatabentoLive, _gateway: Gateway, heard: Heard) -> None:
    """Look at the book after everything that comes, and ask for a fresh one where it is doubted."""
    if heard.pipeline is None or not isinstance(heard.items[-1], Batch):
        return
    view = heard.pipeline.view(ViewRequest())
    if view.book is BookState.SUSPECT and heard.states[-1:] == [FeedState.LIVE]:
        live.renew("the book is suspect")
    elif view.book is BookState.VALID and heard.items[-1].schema is Schema.MBO:
        heard.looks.append((heard.items[-1].records[-1].tobytes(), Top.of(view)))


def moments(day: Day, schema: Schema) -> dict[str, int]:
    """After how many records something happens; levels have no snapshot to be in."""
    snapshot = day.snapshot if schema is Schema.MBO else 6
    return {
        "before": 0,
        "in the snapshot": snapshot // 2,
        "right after it": snapshot + 1,
        "later": snapshot + (len(day.records[schema]) - snapshot) // 2,
        "near the end": len(day.records[schema]) - 30,
    }


CASES = [
    pytest.param(name, moment, schema, id=f"{name}-{moment}-{schema}")
    for name in MAKERS
    for schema in RUNGS
    for moment in ("before", "in the snapshot", "right after it", "later", "near the end")
    if schema is Schema.MBO or moment in {"before", "later", "near the end"}
]


@pytest.mark.parametrize(("name", "moment", "schema"), CASES)
def test_after_a_fault_the_book_is_that_of_the_file(
    day: Day, tops: dict[bytes, Top], name: str, moment: str, schema: Schema
) -> None:
    heard = faulty(day, [MAKERS[name](moments(day, schema)[moment])], schema)
    assert heard.error is None
    assert fault_struck(heard)
    assert [look for look in heard.looks if look[0] in tops and look[1] != tops[look[0]]] == []
    assert heard.states[-1] in {FeedState.LIVE, FeedState.DEGRADED}
    assert heard.pipeline is not None
    found, true = seen(heard.pipeline), truth(day, schema)
    assert (found.ladder, found.resting, found.state) == (true.ladder, true.resting, true.state)
    if name == "repeated record":
        assert found.volume <= true.volume + int(day.records[Schema.TRADES]["size"].max())
    elif heard.gaps and schema is not Schema.MBO:
        assert found.volume == true.volume  # levels are replayed from where they ended
    else:
        assert found.volume <= true.volume
        assert found.volume == true.volume or heard.gaps or moment == "before"


def fault_struck(heard: Heard) -> bool:
    return any(connection.struck for connection in heard.connections)


@pytest.mark.parametrize("schema", RUNGS)
@pytest.mark.parametrize("name", BEFORE_THE_STREAM)
def test_what_fails_before_the_stream_is_tried_again_until_it_succeeds(day: Day, name: str, schema: Schema) -> None:
    heard = faulty(day, [BEFORE_THE_STREAM[name]], schema, contract_of=lambda _: CONTRACT)
    assert heard.error is None
    assert fault_struck(heard)
    assert heard.gaps == []
    assert heard.pipeline is not None
    found, true = seen(heard.pipeline), truth(day, schema)
    assert (found.ladder, found.resting, found.state) == (true.ladder, true.resting, true.state)


@pytest.mark.parametrize("how", End)
def test_a_cut_in_the_middle_of_a_snapshot_is_made_good_by_the_next_one(day: Day, how: End) -> None:
    heard = faulty(day, [CutSnapshot(how=how, connections=ONCE)])
    assert heard.pipeline is not None
    found, true = seen(heard.pipeline), truth(day, Schema.MBO)
    assert (found.ladder, found.resting, found.state) == (true.ladder, true.resting, true.state)


def test_a_line_cut_again_and_again_still_comes_to_the_end(day: Day, tops: dict[bytes, Top]) -> None:
    faults: list[Fault] = [
        Cut(after=10 * number, how=list(End)[number % 2], connections=frozenset({number})) for number in range(1, 15)
    ]
    heard = faulty(day, faults)
    assert len(heard.connections) == 15
    assert sum(look[0] in tops for look in heard.looks) > 10
    assert all(look[1] == tops.get(look[0], look[1]) for look in heard.looks)
    assert heard.pipeline is not None
    found, true = seen(heard.pipeline), truth(day, Schema.MBO)
    assert (found.ladder, found.resting, found.state) == (true.ladder, true.resting, BookState.VALID)


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("denied", [1, 2])
def test_denied_rungs_lead_down_to_one_that_is_not_and_the_state_says_what_is_missing(
    day: Day, denied: int, when: When
) -> None:
    rung = RUNGS[denied]
    faults = [Deny(schema=schema, when=when) for schema in RUNGS[:denied]]
    heard = faulty(day, faults)
    assert heard.pipeline is not None
    found, true = seen(heard.pipeline), truth(day, rung)
    assert (found.ladder, found.state) == (true.ladder, true.state)
    assert heard.states[-1] is FeedState.DEGRADED
    assert f"{rung} instead of mbo (Not authorized for mbo schema)" in heard.reasons[-1]
    assert len(heard.connections) == denied + 1


def test_trades_that_are_denied_beside_quotes_are_done_without(day: Day) -> None:
    heard = faulty(day, [Deny(schema=Schema.TRADES)], Schema.MBP_1)
    assert heard.pipeline is not None
    assert seen(heard.pipeline).ladder == truth(day, Schema.MBP_1).ladder
    assert heard.bytes_of(Schema.TRADES) == b""


def test_an_account_that_may_see_nothing_is_told_so(day: Day) -> None:
    heard = follow(day.recording(), [Deny(schema=schema) for schema in RUNGS], until=never)
    assert isinstance(heard.error, NotEntitled)
    assert "Not authorized for mbp-1 schema" in str(heard.error)
    assert len(heard.connections) == 3


def test_a_bad_key_is_told_at_once(day: Day) -> None:
    heard = follow(day.recording(), [RejectKey()], until=never)
    assert isinstance(heard.error, KeyRefused)
    assert "Authentication failed." in str(heard.error)
    assert len(heard.connections) == 1


def test_an_unknown_symbol_is_told_at_once(day: Day) -> None:
    for faults, symbol in (([ForgetSymbol(symbol="GC.v.0")], "GC.v.0"), ([], "GCZ9")):
        heard = follow(day.recording(), faults, symbol=symbol, until=never)
        assert isinstance(heard.error, UnknownSymbol)
        assert symbol in str(heard.error)
        assert len(heard.connections) == 1
