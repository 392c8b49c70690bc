"""What a trader may want different in the reading of order flow."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FlowSettings:
    """Settings of footprints, flow windows, divergences and big prints.

    Attributes:
        imbalance_ratio: Times its diagonal counterpart that one side must have traded at a price.
        imbalance_least: Least difference of the two, in multiples of what a side usually trades at a price of a bar.
        stacked: Imbalances of one side at consecutive prices that make a stack.
        bias_enter: Standard deviations of a window's delta from which there is a bias.
        bias_leave: Standard deviations below which it is over.
        baseline_half_life: Nanoseconds of trading in which what is usual today loses half of its weight.
        divergence_bars: Closed bars whose extremes a bar must exceed.
        divergence_shortfall: Least lack of cumulative delta, in multiples of the mean size of those bars' deltas.
        big_print_share: Share of all prints that are big ones, 0 to 1.
    """

    imbalance_ratio: float = 3.0
    imbalance_least: float = 1.0
    stacked: int = 3
    bias_enter: float = 2.0
    bias_leave: float = 1.0
    baseline_half_life: int = 3_600_000_000_000
    divergence_bars: int = 20
    divergence_shortfall: float = 1.0
    big_print_share: float = 0.01
