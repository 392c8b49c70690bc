"""The market is understood: batches in, state and events out; deterministic, no clock, no network, no screen."""
