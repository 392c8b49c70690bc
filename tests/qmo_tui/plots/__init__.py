"""Tests of `qmo_tui.plots`."""
