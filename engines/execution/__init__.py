"""From prompt to fill: entry routing, sizing, capital protection, the broker protocol, the paper broker, positions.

Nothing here reads a clock, a file or a network: moments are handed in, and what must outlive the process is handed out
as events and state for the session to keep.
"""
