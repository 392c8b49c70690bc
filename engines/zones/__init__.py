"""Where large traders stand."""
