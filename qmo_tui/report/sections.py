"""A report as sections of text, the same for the terminal and the page; what is unknown is `--`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from qmo_tui.journal.asking import KINDS
from qmo_tui.journal.listing import clock, price
from qmo_tui.journal.story import Story, Trade
from qmo_tui.report.feed_health import SPELLS, Spell
from qmo_tui.report.prompted import PromptOutcome
from qmo_tui.report.report import Report
from qmo_tui.report.results import LITTLE, Result
from qmo_tui.report.rules import Rule

UNKNOWN: Final = "--"
METHOD: Final = (
    "expectancy: mean R of closed trades, fees taken off; interval: 95 %, percentile bootstrap of 10,000 draws, "
    "trades taken for independent; none of fewer than 5"
)
_RESULTS: Final = ("n", "won", "lost", "won share", "R", "expectancy", "95 %", "$", "fees $")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report.

    Attributes:
        headings: Of its table; empty where it has none to show.
        rows: As many cells as headings.
        right: Columns of figures.
        remarks: What has to be known to read it.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    remarks: tuple[str, ...] = ()


def title_of(report: Report) -> str:
    """Return what the report is on, and what its trades are."""
    facts = report.stories[0].session.facts
    numbers = [str(story.session.id) for story in report.stories]
    which = f"Session {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} sessions ({numbers[0]} to {numbers[-1]})"
    return f"{which}, account {facts.account}: {KINDS[facts.account]}"


def sections_of(report: Report, zone: ZoneInfo) -> list[Section]:
    """Return the sections of a report, times by the clock of a time zone."""
    return [
        _sessions(report, zone),
        _summary(report),
        _trades(report, zone),
        _results("By trigger", "trigger", report.triggers),
        _results(
            "By session", "session", report.sessions, "the session of the entry; each lasts until the next begins"
        ),
        _pillars(report),
        _rules(report.rules),
        _prompts(report.prompts),
        _feed(report),
        _notes(report, zone),
    ]


def _sessions(report: Report, zone: ZoneInfo) -> Section:
    headings = ("session", "source", "contract", "from", "to", "end", "restarts", "version")
    rows = tuple(_session_cells(story, zone) for story in report.stories)
    return Section("Sessions", headings, rows, frozenset({0, 6}), (f"times: {zone.key}, event time",))


def _session_cells(story: Story, zone: ZoneInfo) -> tuple[str, ...]:
    session, facts = story.session, story.session.facts
    return (
        str(session.id),
        facts.source,
        facts.symbol or UNKNOWN,
        _clock(session.first, zone),
        _clock(session.newest, zone),
        session.end_reason or "runs, or was cut off",
        str(session.restarts),
        facts.version,
    )


def _summary(report: Report) -> Section:
    total = report.total
    still = len(report.trades) - total.n
    figures = (
        (
            "trades closed",
            f"{total.n} ({total.won} won, {total.lost} lost)" + (f", {still} still open" if still else ""),
        ),
        ("made", _money(total.made) + " $" if total.n else UNKNOWN),
        ("fees paid", f"{total.fees:,.2f} $" if total.n else UNKNOWN),
        ("R", _r(total.total_r)),
        ("expectancy", f"{_r(total.expectancy)} R a trade (95 %: {_interval(total)})"),
        ("won share", _share(total)),
        ("deepest fall of R", UNKNOWN if report.drawdown is None else f"{report.drawdown:.2f}"),
        ("hours", _hours(report)),
    )
    remarks = [METHOD]
    if total.says_little:
        remarks.insert(0, f"n = {total.known}: fewer than {LITTLE} trades say little about what to expect")
    if total.known < total.n:
        remarks.append(f"R is not known of {total.n - total.known}: no stop when it opened")
    return Section("Summary", ("", ""), figures, remarks=tuple(remarks))


def _hours(report: Report) -> str:
    if report.hours is None:
        return UNKNOWN
    return f"{report.hours:.2f} from first to newest event, {report.held_hours:.2f} of them in a position"


def _trades(report: Report, zone: ZoneInfo) -> Section:
    headings = (
        "trade", "opened", "side", "product", "lots", "trigger", "entry", "stop", "exit", "$", "R", "MFE R", "MAE R",
        "minutes", "outcome", "tags",
    )  # fmt: skip
    rows = tuple(_trade_cells(trade, zone) for trade in report.trades)
    remarks = ("stop: where it stood when the position opened; MFE and MAE: furthest for and against it, without fees",)
    return Section("Trades", headings, rows, frozenset({4, 6, 7, 8, 9, 10, 11, 12, 13}), remarks)


def _trade_cells(trade: Trade, zone: ZoneInfo) -> tuple[str, ...]:
    first, last = trade.first, trade.last
    return (
        trade.name,
        _clock(first.ts, zone),
        first.side,
        first.product,
        str(trade.entered),
        trade.trigger or UNKNOWN,
        price(last.entry),
        UNKNOWN if first.stop is None else price(first.stop),
        UNKNOWN if last.exit is None else price(last.exit),
        _money(last.realised),
        _r(last.r),
        _shown(in_r(trade, last.mfe), "{:.2f}".format),
        _shown(in_r(trade, last.mae), "{:.2f}".format),
        UNKNOWN if trade.closed is None else f"{(trade.closed - first.ts) / 6e10:.1f}",
        trade.outcome,
        " ".join(trade.tags),
    )


def in_r(trade: Trade, dollars_a_lot: float) -> float | None:
    """Return dollars of one lot in R of the whole trade; None where its R is not known."""
    risk = trade.last.risk
    return None if not risk or not trade.entered else dollars_a_lot * trade.entered / risk


def _results(title: str, name: str, results: Sequence[Result], *remarks: str) -> Section:
    rows = tuple((one.name, *_result_cells(one)) for one in results)
    return Section(title, (name, *_RESULTS), rows, frozenset(range(1, 10)), remarks)


def _pillars(report: Report) -> Section:
    rows = tuple(
        (pillar, one.name, *_result_cells(one)) for pillar, results in report.pillars.items() for one in results
    )
    remarks = (
        "how the pillar stood to the side of the trade when its prompt arose; -- where the prompt does not tell",
        "many groups of few trades: the best of them is best by chance, too",
    )
    return Section("By pillar", ("pillar", "stood", *_RESULTS), rows, frozenset(range(2, 11)), remarks)


def _result_cells(one: Result) -> tuple[str, ...]:
    return (
        str(one.n),
        str(one.won),
        str(one.lost),
        UNKNOWN if one.win_share is None else f"{one.win_share:.2f}",
        _r(one.total_r),
        _r(one.expectancy),
        _interval(one),
        _money(one.made),
        f"{one.fees:,.2f}",
    )


def _rules(rules: Sequence[Rule]) -> Section:
    rows = tuple(
        (rule.name, UNKNOWN if rule.count is None else str(rule.count), _of(rule.of), "; ".join(rule.cases))
        for rule in rules
    )
    return Section(
        "Rules",
        ("what was done", "times", "of", "which"),
        rows,
        frozenset({1, 2}),
        ("counts of what was done, whatever it made",),
    )


def _of(whole: int | None) -> str:
    return "" if whole is None else str(whole)


def _prompts(outcomes: Sequence[PromptOutcome]) -> Section:
    headings = ("became", "n", "traded", "hindsight of", "would have won", "lost", "undecided", "not filled", "R")
    rows = tuple(
        (
            one.outcome,
            str(one.n),
            str(one.traded),
            *(str(count) for count in (one.known, one.won, one.lost, one.undecided, one.never_filled)),
            _r(one.total_r),
        )
        for one in outcomes
    )
    remarks = ("hindsight: by what traded after it, nothing of it was ours; -- where it tells no R",)
    return Section("Prompts", headings, rows, frozenset(range(1, 9)), remarks)


def _feed(report: Report) -> Section:
    health = report.feed
    told = (
        ""
        if health.told == health.of
        else f"the journal says nothing of the feed of {health.of - health.told} of {health.of} sessions"
    )
    is_told = health.told > 0
    rows = tuple(_spell_cells(spell, is_told=is_told) for spell in health.spells)
    remarks = tuple(filter(None, ("by the wall clock", told)))
    return Section(
        "Feed", ("state", "which means", "times", "seconds", "longest", "why"), rows, frozenset({2, 3, 4}), remarks
    )


def _spell_cells(spell: Spell, *, is_told: bool) -> tuple[str, ...]:
    figures = (str(spell.count), _seconds(spell.seconds), _seconds(spell.longest)) if is_told else (UNKNOWN,) * 3
    return (spell.state, SPELLS[spell.state], *figures, "; ".join(spell.reasons))


def _notes(report: Report, zone: ZoneInfo) -> Section:
    notes = sorted((note for story in report.stories for note in story.notes), key=lambda note: note.at)
    rows = tuple((f"{note.session}/{note.trade}".rstrip("/"), _clock(note.at, zone), note.text) for note in notes)
    tags = tuple(
        f"session {story.session.id} is tagged {' '.join(story.tags)}" for story in report.stories if story.tags
    )
    return Section("Notes", ("of", "at", "note"), rows, remarks=tags)


# ------------------------------------------------------------------------------------------------------------ cells


def _shown(value: float | None, write: Callable[[float], str]) -> str:
    return UNKNOWN if value is None else write(value)


def _clock(ts: int | None, zone: ZoneInfo) -> str:
    return UNKNOWN if ts is None else clock(ts, zone)


def _money(dollars: float) -> str:
    return f"{dollars:+,.2f}"


def _r(value: float | None) -> str:
    return _shown(value, lambda r: f"{r:+.2f}")


def _seconds(value: float | None) -> str:
    return _shown(value, lambda seconds: f"{seconds:,.1f}")


def _interval(one: Result) -> str:
    return UNKNOWN if one.interval is None else f"{one.interval[0]:+.2f} to {one.interval[1]:+.2f}"


def _share(one: Result) -> str:
    interval = one.win_interval
    if one.win_share is None or interval is None:
        return UNKNOWN
    return f"{one.win_share:.2f} ({interval[0]:.2f} to {interval[1]:.2f}, 95 %, Wilson)"
