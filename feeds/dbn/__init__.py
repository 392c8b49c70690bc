"""DBN, Databento's binary encoding: bytes in, batches of wire records out, and back."""

from feeds.dbn.errors import CorruptDbn, DbnError, NotDbn, UnsupportedDbn
from feeds.dbn.metadata import Interval, Mapping, Metadata, SType
from feeds.dbn.parser import DbnParser
from feeds.dbn.reader import DbnFile, Ending
from feeds.dbn.writer import DbnWriter

__all__ = [
    "CorruptDbn",
    "DbnError",
    "DbnFile",
    "DbnParser",
    "DbnWriter",
    "Ending",
    "Interval",
    "Mapping",
    "Metadata",
    "NotDbn",
    "SType",
    "UnsupportedDbn",
]
