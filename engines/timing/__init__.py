"""When: the trading day and the exchange's own status."""
