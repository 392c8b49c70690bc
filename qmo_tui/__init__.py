"""The trader's room: command line, session, cockpit."""

__version__ = "0.1.0"
