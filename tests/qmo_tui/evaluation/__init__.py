"""Tests of `qmo_tui.evaluation`."""
