"""Astro timing: what the sky does when, from a real ephemeris. It never says which way."""
