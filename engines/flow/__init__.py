"""What traded: tape, bars, volume at price."""
