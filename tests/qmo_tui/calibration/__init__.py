"""Tests of `qmo_tui.calibration`."""
