"""What the lots at the best prices say of the next step, by formulas of the market microstructure literature."""


def queue_imbalance(bid_size: int, ask_size: int) -> float:
    """Return bid lots at the touch as a share of the lots on both sides."""
    return bid_size / (bid_size + ask_size)


def microprice(bid: int, bid_size: int, ask: int, ask_size: int) -> float:
    """Return the average of best bid and ask in ticks, each weighted by the other side's lots."""
    return bid + (ask - bid) * queue_imbalance(bid_size, ask_size)
