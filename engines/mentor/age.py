"""How old the newest record is: what closes the data gate once nothing comes any more."""

from typing import Final

import msgspec

from engines.book.layout import SECOND_NS
from engines.mentor_view import Gate, MentorView

DATA: Final = "data"


def late(age: int) -> Gate:
    """Return the closed gate of a record that is too old, ns."""
    return Gate(DATA, is_open=False, reason=f"newest record {age / SECOND_NS:.0f} s old")


def with_age(view: MentorView, age: int | None, stale: int) -> MentorView:
    """Return a view as a live session shows it, `age` ns after the newest record came by its own clock.

    None where none has come yet; beyond `stale` ns the data gate is closed. The engines know no clock but the records'
    own, so only a session can say that nothing comes any more.
    """
    if age is not None and age <= stale:
        return view
    closed = Gate(DATA, is_open=False, reason="no record yet") if age is None else late(age)
    gates = tuple(closed if gate.name == DATA and gate.is_open else gate for gate in view.gates)
    return msgspec.structs.replace(view, gates=gates, may_prompt=False)
