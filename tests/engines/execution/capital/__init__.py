"""The capital ladder."""
