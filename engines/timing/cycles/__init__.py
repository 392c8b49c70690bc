"""Cycles: bars counted from confirmed pivots, and the strongest period of the newest bars."""
