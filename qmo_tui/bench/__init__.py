"""Measuring the promised numbers on this machine: ratios within one run, since machines differ and share."""
