"""Rows that Python reads by the place of their fields name them in the order in which they lie."""

from typing import Any

import pytest

from engines.book.layout import HIDDEN
from engines.flow.layout import BAR
from engines.flow.logged_bars import _Told
from engines.flow.logged_bars_kernel import TOLD
from engines.mentor.phase_bars import _Fields
from engines.zones.icebergs import Hidden
from engines.zones.memory_layout import STEP
from engines.zones.memory_watch import Step

ROWS = {"bar": (_Fields, BAR), "told": (_Told, TOLD), "hidden": (Hidden, HIDDEN), "step": (Step, STEP)}


@pytest.mark.parametrize("name", list(ROWS))
def test_fields_lie_where_they_are_read(name: str) -> None:
    fields: Any
    fields, row = ROWS[name]
    assert len(fields.__struct_fields__) == len(row.names or ())
    said = {"record": "index", "number": "index"} if name in {"step", "hidden"} else {}
    assert [said.get(field, field) for field in fields.__struct_fields__] == list(row.names or ())
