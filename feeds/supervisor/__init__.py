"""The supervisor: one stream out of a source that may fail and one that stands in, and its word on which it is."""

from feeds.supervisor.breaker import BreakerOptions
from feeds.supervisor.lateness import LatenessOptions
from feeds.supervisor.supervisor import Supervisor
from feeds.supervisor.watch import BOOK, SupervisorOptions

__all__ = ["BOOK", "BreakerOptions", "LatenessOptions", "Supervisor", "SupervisorOptions"]
