"""Servers on loopback that the unmodified client libraries talk to, as they would to the real ones."""
