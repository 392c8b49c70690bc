"""Whether scores come true: outcomes of recorded sessions, a model of them, and how far it can be believed.

What a session needs to show a stored calibration imports nothing of the statistics; only fitting does.
"""
