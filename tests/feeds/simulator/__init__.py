"""Tests of `feeds.simulator`."""
