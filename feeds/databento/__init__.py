"""Databento: the market live, what the account may see of it, and a gateway of our own to try it all against."""
