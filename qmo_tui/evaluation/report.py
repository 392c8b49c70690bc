"""An evaluation as a table for people and as one object for scripts. What is unknown is `--`, or null."""

from datetime import UTC, datetime
from math import ceil, floor
from typing import Any, Final

from qmo_tui.aligned import aligned
from qmo_tui.evaluation.evaluating import Evaluation, Row, Standing
from qmo_tui.evaluation.scores import Incident, wilson

_SECOND_NS: Final = 1_000_000_000
_HEADINGS: Final = (
    "detector",
    "counted in",
    "truth",
    "found",
    "matched",
    "precision (95 %)",
    "recall (95 %)",
    "F1",
    "exact",
    "latest",
    "",
)
_FIGURES: Final = frozenset({2, 3, 4})


def table(evaluation: Evaluation, width: int | None = None) -> str:
    """Return one line a detector, with a line of headings, in so many columns where that is not None."""
    return aligned([_HEADINGS, *(_cells(row) for row in evaluation.rows)], right=_FIGURES, width=width)


def _cells(row: Row) -> tuple[str, ...]:
    detector, score = row.detector, row.score
    first = (detector.name, detector.unit, f"{score.truth:,}")
    if row.standing is not Standing.SCORED:
        return (*first, *["--"] * (len(_HEADINGS) - len(first) - 1), _remark(row))
    return (
        *first,
        f"{score.found:,}",
        f"{score.matched:,}",
        _share(score.precision, wilson(score.matched, score.found)),
        _share(score.recall, wilson(score.matched, score.truth)),
        _share(score.f1),
        f"{score.exact:,} of {score.compared:,}" if score.compared else "--",
        "--" if score.delays is None else f"{score.delays[1] / _SECOND_NS:g} s",
        _remark(row),
    )


def _share(share: float | None, interval: tuple[float, float] | None = None) -> str:
    """Return a share and its interval, cut rather than rounded: 1.000 is all, and the interval is never too narrow."""
    if share is None:
        return "--"
    low, high = (None, None) if interval is None else (floor(interval[0] * 1_000), ceil(interval[1] * 1_000))
    bounds = "" if low is None or high is None else f" ({low / 1_000:.3f}-{high / 1_000:.3f})"
    return f"{floor(share * 1_000) / 1_000:.3f}{bounds}"


def _remark(row: Row) -> str:
    if row.standing is Standing.OTHER_SCHEMA:
        return f"needs {' or '.join(row.detector.schemas)}"
    if row.standing is Standing.NO_DETECTOR:
        return "no detector"
    score = row.score
    remarks = [f"{score.aside:,} aside"] if score.aside else []
    if score.controls:
        against = _share(score.f1_against_controls)
        remarks.append(f"took {score.control_hits} of {score.controls} controls, F1 against them {against}")
    return "; ".join(remarks)


def incidents(evaluation: Evaluation, most: int) -> str:
    """Return up to `most` misses and `most` false detections of each detector, a line each; their times are UTC."""
    lines = []
    for row in evaluation.rows:
        for what, found in (("missed", row.score.missed), ("false", row.score.false)):
            if found and most:
                lines.append(f"\n{row.detector.name}, {what}: {len(found):,}")
                lines += [_incident(one) for one in found[:most]]
                lines += [f"  and {len(found) - most:,} more"] if len(found) > most else []
    return "".join(f"{line}\n" for line in lines)


def _incident(one: Incident) -> str:
    whole, rest = divmod(one.ts, _SECOND_NS)
    moment = f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%d %H:%M:%S}.{rest:09}"
    parts = [one.session, moment, one.side, f"{one.price:g}", f"x{one.count}", one.label, one.why or ""]
    return "  " + "  ".join(part for part in parts if part)


def as_object(evaluation: Evaluation, most: int) -> dict[str, Any]:
    """Return everything as one object for JSON, with up to `most` misses and false detections of each detector."""
    return {
        "schema": evaluation.schema,
        "records": evaluation.records,
        "things": evaluation.things,
        "detectors": [_row_as_object(row, most) for row in evaluation.rows],
        "notes": evaluation.notes,
    }


def _row_as_object(row: Row, most: int) -> dict[str, Any]:
    detector, score = row.detector, row.score
    told = {
        "name": detector.name,
        "kind": detector.kind,
        "tier": detector.tier,
        "counted_in": detector.unit,
        "rule": detector.rule,
        "seconds": detector.tolerance.seconds,
        "ticks": detector.tolerance.ticks,
        "schemas": detector.schemas,
        "standing": row.standing,
        "truth": score.truth,
        "aside": score.aside,
        "controls": score.controls,
    }
    found = {
        "found": score.found,
        "matched": score.matched,
        "precision": score.precision,
        "precision_95": wilson(score.matched, score.found),
        "recall": score.recall,
        "recall_95": wilson(score.matched, score.truth),
        "f1": score.f1,
        "compared": score.compared,
        "exact": score.exact,
        "control_hits": score.control_hits,
        "f1_against_controls": score.f1_against_controls,
        "delays_ns": score.delays,
        "missed": score.missed[:most],
        "false": score.false[:most],
    }
    return told | (found if row.standing is Standing.SCORED else dict.fromkeys(found))
