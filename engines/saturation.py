"""How much evidence says that may go on growing."""


def saturated(times: float) -> float:
    """Return a strength, 0 to 1, of evidence that is `times` what is just enough: 1 - 2^-times.

    Just enough says a half, and as much again halves what is left to doubt: 0.75, 0.875, ...; nothing says 0, and no
    amount says 1. Negative counts as nothing.
    """
    doubt: float = 0.5**times if times > 0.0 else 1.0
    return 1.0 - doubt
