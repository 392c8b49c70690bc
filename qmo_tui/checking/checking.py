"""The whole check, in the order of what depends on what, and what follows from it for the shell.

It ends at the first thing without which nothing further can be known: no key, no gateway. Everything that concerns this
machine alone is looked at in any case. Nothing is bought, recorded, put in order or changed.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from engines.timing.calendar import is_open, next_open
from engines.timing.trading_day import day_of
from feeds.databento.access import LADDER, Access, Rung
from feeds.databento.connection import GatewayOptions
from feeds.databento.contract import ContractFinder
from feeds.databento.key import KEY_VARIABLE
from feeds.dbn import DbnError
from feeds.errors import KeyRefused, NotEntitled, SourceError
from feeds.instrument import Instrument, InstrumentError, root_of
from feeds.records import Schema
from qmo_tui.checking.asking import SCHEMAS, Answer, Asking, Entitlement, Patience
from qmo_tui.checking.clock import ClockSkew
from qmo_tui.checking.disk import Disk, look_at_disk
from qmo_tui.checking.logs import Logs, look_at_logs
from qmo_tui.checking.terminal import Terminal
from qmo_tui.errors import QmoError, exit_code_of
from qmo_tui.exit_codes import ExitCode
from qmo_tui.kept_recordings import recordings_of
from qmo_tui.session.contract import agreed
from qmo_tui.session.sources import gateway_of, key_of
from qmo_tui.settings import Settings

if TYPE_CHECKING:
    from feeds.databento.protocol import GatewayProtocol

_LONGEST_WAIT: Final = 10.0
"""Seconds for a connection, for the answer to the key, for the start of a stream."""
_CLOSED_LISTENING: Final = 0.5
"""Seconds for records while the market is closed: enough for a recording served in its place."""
GIVES: Final[Mapping[Schema, str]] = {
    Schema.TRADES: "every trade: tape, bars, delta, profile",
    Schema.TBBO: "every trade with the best bid and ask that it met",
    **{rung.schema: rung.gives for rung in LADDER},
}
"""What each schema makes possible."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, in one line with what to do, and what the command ends with."""

    text: str
    exit_code: ExitCode


@dataclass(slots=True, kw_only=True)
class Report:
    """Everything that was found out. What was not reached is None, or empty.

    Attributes:
        symbol: The contract asked about, as the settings name it.
        best: The schema that the settings want.
        disk: The folder of recordings.
        terminal: The terminal.
        logs: What the program wrote of itself.
        opens: When the market opens, ns UTC; None where it is open, as far as the calendar knows.
        has_key: Whether there is anything in the key's variable.
        key_is_well_formed: Whether it can be a key.
        place: Host and port of the gateway.
        seconds: Time a connection takes with the proof of the key; None where none was made.
        contract: What the symbol stands for; None where that is not known.
        answers: What the account may see.
        rung: What the live feed would follow the market by; None where nothing is left.
        shortfall: Why that is less than wanted.
        clock: How this machine's clock stands.
        trouble: Why the command does not end well; None where it does.
    """

    symbol: str
    best: Schema
    disk: Disk
    terminal: Terminal
    logs: Logs
    opens: int | None
    has_key: bool = False
    key_is_well_formed: bool = False
    place: str = ""
    seconds: float | None = None
    contract: Instrument | None = None
    answers: tuple[Answer, ...] = ()
    rung: Rung | None = None
    shortfall: str = ""
    clock: ClockSkew = field(default_factory=lambda: ClockSkew(None, "nothing was received"))
    trouble: Trouble | None = None

    @property
    def shown(self) -> Answer | None:
        """The answer whose records are shown: of the schema wanted, else of the one that tells most."""
        telling = sorted(self.answers, key=lambda answer: (answer.schema is self.best, SCHEMAS.index(answer.schema)))
        return next((answer for answer in reversed(telling) if answer.samples), None)


async def check(
    settings: Settings,
    environment: Mapping[str, str],
    terminal: Terminal,
    *,
    clock: Callable[[], int],
    tell: Callable[[str], None] = lambda _: None,
    protocol: "type[GatewayProtocol] | None" = None,
) -> Report:
    """Find out what can be found out.

    Args:
        settings: What is wanted.
        environment: Where the key and the address of the gateway are.
        terminal: What is known of the terminal.
        clock: Wall clock, ns UTC.
        tell: Hears what is being done.
        protocol: The protocol class, where the SDK is loaded already.
    """
    feed = settings.feed
    report = Report(
        symbol=feed.symbol,
        best=Schema(feed.schema),
        disk=look_at_disk(recordings_of(settings)),
        terminal=terminal,
        logs=look_at_logs(),
        opens=_opening(clock()),
        has_key=bool(environment.get(KEY_VARIABLE, "").strip()),
    )
    try:
        key = key_of(environment)
        report.key_is_well_formed = True
        gateway = gateway_of(settings, environment)
    except (KeyRefused, QmoError) as error:
        report.trouble = _trouble_of(error)
        return report
    report.place = gateway.place
    asking = Asking(_quick(gateway), key, feed.symbol, _patience(report), clock=clock, tell=tell, protocol=protocol)
    failure = await _failure_of(asking)
    report.seconds = asking.seconds
    report.clock = asking.clock.skew
    report.answers = _complete(asking.answers, failure)
    _judge_access(report, day_of(clock()))
    try:
        report.contract = _contract(asking.finder, settings)
    except InstrumentError as error:
        failure = failure or error
    report.trouble = _trouble(report, failure, asking.unknown_symbol)
    return report


def _opening(moment: int) -> int | None:
    """Return when the market opens next, ns UTC; None where it is open."""
    return None if is_open(moment) else next_open(moment)


def _quick(gateway: GatewayOptions) -> GatewayOptions:
    """Return a gateway that is given up sooner than a live feed would."""
    return replace(
        gateway, connect_seconds=_LONGEST_WAIT, authenticate_seconds=_LONGEST_WAIT, start_seconds=_LONGEST_WAIT
    )


def _patience(report: Report) -> Patience:
    return Patience() if report.opens is None else Patience(listening=_CLOSED_LISTENING)


async def _failure_of(asking: Asking) -> Exception | None:
    """Ask; return why the round ended before its end, or None."""
    try:
        await asking.ask()
    except (SourceError, DbnError) as error:
        return error
    return None


def _complete(answers: list[Answer], failure: Exception | None) -> tuple[Answer, ...]:
    """Return an answer for every schema where the gateway was reached; who may see nothing may see none of them."""
    if isinstance(failure, NotEntitled):
        rest = Entitlement.NO, str(failure)
    elif failure is not None and answers:
        rest = Entitlement.UNKNOWN, f"not asked: {failure}"
    else:
        return tuple(answers)
    return (*answers, *(Answer(schema, *rest) for schema in SCHEMAS[len(answers) :]))


def _judge_access(report: Report, day: Hashable) -> None:
    """Say what the live feed makes of the answers: it asks for less only where it is denied more."""
    access = Access()
    for answer in report.answers:
        if answer.entitlement is Entitlement.NO:
            access.deny(answer.schema, answer.why, day)
    report.rung = access.rung(report.best, day) if report.answers else None
    report.shortfall = "" if report.rung is None else access.shortfall(report.best, report.rung)


def _contract(finder: ContractFinder, settings: Settings) -> Instrument | None:
    """Return the contract, by its definition record or else by the settings of its product.

    Raises:
        InstrumentError: The two contradict each other, or there is neither.
    """
    if finder.mapped is None:
        return None
    number, raw = finder.mapped
    known = settings.instruments.get(root_of(raw))
    if finder.instrument is not None:
        return agreed(finder.instrument, known)
    if known is None:
        raise InstrumentError(
            f"the tick of {raw} is unknown: the gateway sent no definition of it; add "
            f"[instruments.{root_of(raw)}] with tick and multiplier to your settings"
        )
    return Instrument(raw, number, known.wire_tick, known.multiplier, finder.dataset, source="settings")


def _trouble(report: Report, failure: Exception | None, unknown_symbol: str) -> Trouble | None:
    """Return what is worst: what keeps the program from starting, then what it would have to do without."""
    if isinstance(failure, NotEntitled):
        return Trouble(str(failure), ExitCode.NOT_ENTITLED)
    if failure is not None:
        return _trouble_of(failure)
    if unknown_symbol:
        text = f"there is no contract {report.symbol}: correct feed.symbol; the gateway says: {unknown_symbol}"
        return Trouble(text, ExitCode.USAGE)
    wanted = next(answer for answer in report.answers if answer.schema is report.best)
    if wanted.entitlement is Entitlement.NO:
        return Trouble(_denied(report, wanted), ExitCode.NOT_ENTITLED)
    if wanted.entitlement is Entitlement.UNKNOWN:
        text = f"whether the account may see {report.best} did not come out: {wanted.why}; try again"
        return Trouble(text, ExitCode.CONNECTION)
    return None


def _denied(report: Report, wanted: Answer) -> str:
    said = f"the gateway says: {wanted.why}"
    if report.rung is None:
        return f"the account may see no live schema of {report.symbol} from {report.best} down; {said}"
    return (
        f"the account may not see {report.best}; {report.rung.schema} will be used: set feed.schema to "
        f"{report.rung.schema}, or have {report.best} added to the plan; {said}"
    )


def _trouble_of(error: Exception) -> Trouble:
    code = exit_code_of(error)
    if code is None:
        raise error
    return Trouble(str(error), code)
