"""Rows that Python reads by the place of their fields name them in the order in which they lie; rows taken as words."""

from typing import Any

import numpy as np
import pytest

from engines.book.layout import HIDDEN, TRADE, RecordArray
from engines.book.rows import chosen, copied, tuples_of
from engines.flow.layout import BAR
from engines.flow.logged_bars import _Told
from engines.flow.logged_bars_kernel import TOLD
from engines.mentor.phase_bars import _Fields
from engines.zones.icebergs import Hidden
from engines.zones.memory_layout import STEP
from engines.zones.memory_watch import Step
from engines.zones.sweeps_layout import RUN
from engines.zones.sweeps_watch import Run

ROWS = {"bar": (_Fields, BAR), "told": (_Told, TOLD), "hidden": (Hidden, HIDDEN), "step": (Step, STEP)}


@pytest.mark.parametrize("name", list(ROWS))
def test_fields_lie_where_they_are_read(name: str) -> None:
    fields: Any
    fields, row = ROWS[name]
    assert len(fields.__struct_fields__) == len(row.names or ())
    said = {"record": "index", "number": "index"} if name in {"step", "hidden"} else {}
    assert [said.get(field, field) for field in fields.__struct_fields__] == list(row.names or ())


def test_what_a_run_has_taken_lies_together() -> None:
    names = RUN.names or ()
    first = names.index("began")
    assert names[first : first + len(Run._fields)] == Run._fields
    assert {RUN[name] for name in Run._fields} == {np.dtype(np.int64)}


def _trades() -> RecordArray:
    rows = np.zeros(7, TRADE)
    rows["tick"], rows["kind"], rows["first"] = np.arange(-3, 4), [0, 1, 2, 2, 1, 0, 2], [True, False] * 3 + [True]
    return rows


def test_rows_are_chosen_and_copied_as_numpy_does_it() -> None:
    rows = _trades()
    wanted = rows["kind"] == 2
    assert chosen(rows, wanted).tolist() == rows[wanted].tolist()
    assert copied(rows[2:5]).tolist() == rows[2:5].tolist()
    for none in (chosen(rows, rows["kind"] == 9), copied(rows[:0])):
        assert (len(none), none.dtype) == (0, TRADE)


def test_what_is_chosen_or_copied_is_one_s_own() -> None:
    rows = _trades()
    mine = (copied(rows), chosen(rows, rows["size"] == 0))
    rows["tick"] = 99
    assert all(99 not in one["tick"] for one in mine)


def test_tuples_are_those_that_numpy_makes() -> None:
    rows = _trades()
    assert list(tuples_of(rows)) == rows.tolist()
    assert list(tuples_of(rows, ("kind", "tick"))) == rows[["kind", "tick"]].tolist()
    assert list(tuples_of(rows[:0])) == []
