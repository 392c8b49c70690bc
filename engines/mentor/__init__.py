"""The mentor: market phase, the five pillars, confidence, gates, and what is said of them."""
