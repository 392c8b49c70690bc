"""Which contract a session follows, and where its tick and multiplier come from."""

from dataclasses import dataclass, replace
from math import isnan
from typing import TYPE_CHECKING, Final

from msgspec.structs import asdict

from feeds.instrument import Instrument, InstrumentError, root_of
from feeds.recording import Contents, Recording
from feeds.records import Schema
from qmo_tui.errors import QmoError
from qmo_tui.setting_tables.engines import Absorption, Cycles, Flow, Imo, Memory, Mentor, News, Phase, Sessions, Sweeps
from qmo_tui.setting_tables.sources import Contract
from qmo_tui.settings import Settings

if TYPE_CHECKING:
    from engines.flow.settings import FlowSettings
    from engines.mentor.footprint import FootprintSettings
    from engines.mentor.mentor import MentorSettings
    from engines.mentor.phase_features import PhaseSettings
    from engines.pipeline import Pipeline, PipelineSettings
    from engines.timing.cycles.cycles import CycleSettings
    from engines.timing.news import NewsEvent, NewsSettings
    from engines.timing.session_gate import SessionSettings
    from engines.zones.absorption import AbsorptionSettings
    from engines.zones.memory import MemorySettings
    from engines.zones.memory_state import Recollection
    from engines.zones.sweeps import SweepSettings

_SECOND_NS: Final = 1_000_000_000
_MILLISECOND_NS: Final = 1_000_000
_MINUTE_NS: Final = 60 * _SECOND_NS


def resolve_instrument(
    contents: Contents, settings: Settings, *, symbol: str | None, dataset: str
) -> Instrument | None:
    """Choose the contract to follow: the one asked for, else the outright with most records.

    Tick and multiplier come from its definition record, else from the settings of its product. None where the
    recording holds no order flow at all.

    Raises:
        QmoError: The recording does not hold the contract asked for.
        InstrumentError: Its tick is unknown, or the definition contradicts the settings.
    """
    wanted = contents.busiest() if symbol is None else contents.find(symbol)
    if wanted is None:
        if symbol is not None:
            raise QmoError(f"the recording does not hold {symbol}; it holds {_held(contents)}")
        return None
    name = contents.name(wanted)
    contract = settings.instruments.get(root_of(name))
    defined = contents.defined.get(wanted)
    if defined is not None:
        return agreed(replace(defined, dataset=dataset), contract)
    if contract is not None:
        return Instrument(name, wanted, contract.wire_tick, contract.multiplier, dataset, source="settings")
    if not name:
        raise InstrumentError(
            f"the recording neither names nor defines instrument {wanted}, so its tick is unknown: play the file with "
            "its definition records too"
        )
    raise InstrumentError(
        f"the tick of {name} is unknown: the recording has no definition record of it; add "
        f"[instruments.{root_of(name)}] with tick and multiplier to your settings (`qmo config path` says where), or "
        "play the file with its definition records too"
    )


def _held(contents: Contents, most: int = 8) -> str:
    """Name what a recording holds, busiest first."""
    busiest = sorted(contents.counts, key=lambda known: -contents.counts[known])
    names = [contents.name(known) or str(known) for known in busiest]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more if names else "no order flow"


def agreed(defined: Instrument, contract: Contract | None) -> Instrument:
    """Return a defined instrument where the settings agree; they lend an outright the multiplier it does not state.

    Raises:
        InstrumentError: They do not.
    """
    if contract is None or not defined.outright:
        return defined
    if isnan(defined.multiplier):
        defined = replace(defined, multiplier=contract.multiplier)
    for what, says, expected in (
        ("tick", defined.tick_size, contract.tick),
        ("multiplier", defined.multiplier, contract.multiplier),
    ):
        if says != expected:
            raise InstrumentError(
                f"{defined.symbol}: its definition record says {what} {says:g}, the settings expect {expected:g}; "
                f"correct [instruments.{root_of(defined.symbol)}]"
            )
    return defined


@dataclass(frozen=True, slots=True)
class Followed:
    """What a session follows: a contract, and the schema that tells most about it in this recording."""

    instrument: Instrument | None
    schema: Schema | None

    def pipeline(
        self,
        settings: Settings,
        earlier: "Recollection | None" = None,
        news: "tuple[NewsEvent, ...]" = (),
        *,
        watched: bool = True,
    ) -> "Pipeline":
        """Make fresh engines for it, which know of earlier sessions and of news what they are given.

        Where they are not watched, no view may be asked of them.
        """
        from engines.pipeline import Pipeline  # noqa: PLC0415 - costs the compiler, as below

        read = pipeline_settings(settings, news)
        return Pipeline(self.instrument, read, schema=self.schema, earlier=earlier, watched=watched)


def pipeline_settings(settings: Settings, news: "tuple[NewsEvent, ...]" = ()) -> "PipelineSettings":
    """Return the part of the settings that the engines take, and the news calendar with it."""
    from engines.pipeline import PipelineSettings  # noqa: PLC0415 - costs the compiler, as below
    from engines.timing.gann.gann import GannSettings  # noqa: PLC0415 - the same
    from engines.timing.market_structure import StructureSettings  # noqa: PLC0415 - the same
    from engines.zones.iceberg_marks import EndedShown  # noqa: PLC0415 - the same
    from engines.zones.reposts import SyntheticSettings  # noqa: PLC0415 - the same

    return PipelineSettings(
        bars_logged=settings.bars.log,
        inferred_quiet=settings.icebergs.inferred_quiet * _SECOND_NS,
        synthetic=SyntheticSettings(
            window=round(settings.icebergs.synthetic_window_ms * _MILLISECOND_NS),
            reposts=settings.icebergs.synthetic_reposts,
            pause=round(settings.icebergs.synthetic_pause_seconds * _SECOND_NS),
            least=settings.icebergs.synthetic_least,
        ),
        ended=EndedShown(
            window=round(settings.icebergs.ended_minutes * 60 * _SECOND_NS), least=settings.icebergs.ended_least
        ),
        flow=_flow_settings(settings.flow),
        absorption=_absorption_settings(settings.absorption),
        structure=StructureSettings(**asdict(settings.structure)),
        sweeps=_sweep_settings(settings.sweeps),
        mentor=_mentor_settings(settings.mentor),
        memory=_memory_settings(settings.memory),
        phase=_phase_settings(settings.phase),
        imo=_footprint_settings(settings.imo),
        gann=GannSettings(**asdict(settings.gann)),
        cycles=_cycle_settings(settings.cycles),
        sessions=_session_settings(settings.sessions),
        news=news_settings(settings.news, news),
    )


def _flow_settings(flow: Flow) -> "FlowSettings":
    from engines.flow.settings import FlowSettings  # noqa: PLC0415 - costs the compiler, as below

    fields = asdict(flow)
    return FlowSettings(
        baseline_half_life=fields.pop("baseline_minutes") * _MINUTE_NS,
        big_print_share=fields.pop("big_print_percent") / 100,
        **fields,
    )


def _memory_settings(memory: Memory) -> "MemorySettings":
    from engines.zones.memory import MemorySettings  # noqa: PLC0415 - costs the compiler, as below

    fields = asdict(memory)
    del fields["keep"]
    return MemorySettings(**fields)


def _phase_settings(phase: Phase) -> "PhaseSettings":
    from engines.mentor.phase_features import PhaseSettings  # noqa: PLC0415 - costs the compiler, as below

    fields = asdict(phase)
    return PhaseSettings(stale=fields.pop("stale_minutes") * _MINUTE_NS, **fields)


def _footprint_settings(imo: Imo) -> "FootprintSettings":
    from engines.mentor.footprint import FootprintSettings  # noqa: PLC0415 - costs the compiler, as below

    fields = asdict(imo)
    return FootprintSettings(
        resting_half_life=round(fields.pop("resting_minutes") * _MINUTE_NS),
        sweep_half_life=round(fields.pop("sweep_minutes") * _MINUTE_NS),
        memory_half_life=round(fields.pop("memory_hours") * 60 * _MINUTE_NS),
        **fields,
    )


def _cycle_settings(cycles: Cycles) -> "CycleSettings":
    from engines.timing.cycles.cycles import CycleSettings  # noqa: PLC0415 - costs the compiler, as below
    from engines.timing.cycles.spectrum import SpectrumSettings  # noqa: PLC0415 - the same

    return CycleSettings(
        wing=cycles.wing,
        reach=cycles.reach,
        pivots=cycles.pivots,
        spectrum=SpectrumSettings(
            bars=cycles.spectrum_bars,
            shortest=cycles.shortest,
            longest=cycles.longest,
            significance=cycles.significance,
        ),
    )


def _mentor_settings(mentor: Mentor) -> "MentorSettings":
    from engines.mentor.confidence import ConfidenceSettings  # noqa: PLC0415 - costs the compiler, as below
    from engines.mentor.gates import GateSettings  # noqa: PLC0415 - the same
    from engines.mentor.mentor import MentorSettings  # noqa: PLC0415 - the same
    from engines.mentor.pillars import Weights  # noqa: PLC0415 - the same
    from engines.mentor.volatility import VolatilitySettings  # noqa: PLC0415 - the same
    from engines.timing.astro.windows import AstroSettings  # noqa: PLC0415 - the same

    return MentorSettings(
        weights=Weights(**asdict(mentor.weights)),
        confidence=ConfidenceSettings(
            least_lean=mentor.least_lean,
            arm=mentor.arm,
            disarm=mentor.disarm,
            coverage=mentor.coverage,
            dwell=mentor.dwell_seconds * _SECOND_NS,
            lapse=mentor.lapse_seconds * _SECOND_NS,
        ),
        astro=AstroSettings(**asdict(mentor.astro)),
        gates=GateSettings(stale=round(mentor.stale_seconds * _SECOND_NS)),
        volatility=VolatilitySettings(extreme=mentor.extreme, calm=mentor.calm),
    )


def _session_settings(sessions: Sessions) -> "SessionSettings":
    from engines.timing.session_gate import SessionSettings  # noqa: PLC0415 - costs the compiler, as below

    return SessionSettings(
        before_close=round(sessions.before_close_minutes * _MINUTE_NS),
        after_open=round(sessions.after_open_minutes * _MINUTE_NS),
    )


def news_settings(news: News, events: "tuple[NewsEvent, ...]" = ()) -> "NewsSettings":
    """Return the settings of news as the engines take them, with a calendar."""
    from engines.timing.news import Around, NewsSettings  # noqa: PLC0415 - costs the compiler, as below

    def around(before: float, after: float) -> Around:
        return Around(round(before * _MINUTE_NS), round(after * _MINUTE_NS))

    return NewsSettings(
        high=around(news.high_before, news.high_after),
        medium=around(news.medium_before, news.medium_after),
        low=around(news.low_before, news.low_after),
        events=events,
    )


def _sweep_settings(sweeps: Sweeps) -> "SweepSettings":
    from engines.zones.sweeps import SweepSettings  # noqa: PLC0415 - costs the compiler, as below

    fields = asdict(sweeps)
    return SweepSettings(reclaim=fields.pop("reclaim_seconds") * _SECOND_NS, **fields)


def _absorption_settings(absorption: Absorption) -> "AbsorptionSettings":
    from engines.zones.absorption import AbsorptionSettings  # noqa: PLC0415 - costs the compiler, as below

    fields = asdict(absorption)
    return AbsorptionSettings(
        window=fields.pop("window") * _SECOND_NS,
        merge_time=fields.pop("merge_minutes") * _MINUTE_NS,
        age=fields.pop("expire_minutes") * _MINUTE_NS,
        **fields,
    )


def choose(recording: Recording, settings: Settings, symbol: str | None) -> Followed:
    """Choose what to follow in a recording.

    Raises:
        QmoError: The recording does not hold the contract asked for.
        InstrumentError: Its tick is unknown, or the definition contradicts the settings.
        DbnError: It holds none because it is broken.
    """
    contents = recording.contents()
    try:
        instrument = resolve_instrument(contents, settings, symbol=symbol, dataset=recording.dataset)
        return Followed(instrument, None if instrument is None else contents.schemas.get(instrument.instrument_id))
    except (QmoError, InstrumentError) as error:
        raise contents.broken or error from None
