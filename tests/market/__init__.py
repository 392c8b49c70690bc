"""A simulated exchange for tests: it speaks CME's order-by-order grammar and tells the truth about its icebergs."""

from .exchange import Exchange, IcebergTruth, RefreshTruth, StopTruth, Truth, Wire
from .files import write_session
from .sessions import Mix, Session, session

__all__ = [
    "Exchange",
    "IcebergTruth",
    "Mix",
    "RefreshTruth",
    "Session",
    "StopTruth",
    "Truth",
    "Wire",
    "session",
    "write_session",
]
