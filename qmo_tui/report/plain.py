"""A report as one object for scripts; what is unknown is null."""

from collections.abc import Sequence
from typing import Any

import msgspec

from qmo_tui.journal.listing import trade_row
from qmo_tui.report.report import Report
from qmo_tui.report.results import Result


def as_object(report: Report) -> dict[str, Any]:
    """Return all figures of a report."""
    return {
        "account": report.stories[0].session.facts.account,
        "sessions": [
            {
                "session": story.session.id,
                "source": story.session.facts.source,
                "symbol": story.session.facts.symbol,
                "first": story.session.first,
                "newest": story.session.newest,
                "end_reason": story.session.end_reason or None,
                "tags": story.tags,
            }
            for story in report.stories
        ],
        "hours": report.hours,
        "held_hours": report.held_hours,
        "total": _result(report.total),
        "drawdown_r": report.drawdown,
        "curve": [{"ts": ts, "r": total} for ts, total in report.curve],
        "trades": [trade_row(trade) for trade in report.trades],
        "triggers": _results(report.triggers),
        "by_session": _results(report.sessions),
        "pillars": {pillar: _results(results) for pillar, results in report.pillars.items()},
        "rules": msgspec.to_builtins(report.rules),
        "prompts": msgspec.to_builtins(report.prompts),
        "feed": msgspec.to_builtins(report.feed),
        "notes": [msgspec.to_builtins(note) for story in report.stories for note in story.notes],
    }


def _results(results: Sequence[Result]) -> list[dict[str, Any]]:
    return [_result(one) for one in results]


def _result(one: Result) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(one),
        "won_share": one.win_share,
        "won_interval": one.win_interval,
        "says_little": one.says_little,
    }
