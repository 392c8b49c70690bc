"""What goes to the terminal, and what it has taken."""


class Traffic:
    """What a terminal is sent and has taken; counted in the program's thread and in the one that writes.

    Attributes:
        sent: Bytes handed to it.
        taken: Bytes it has taken, into buffers of its own perhaps; None where nobody counts.
        waited: Seconds that handing them over took, since it was last asked for.
    """

    def __init__(self) -> None:
        self.sent = 0
        self.taken: int | None = None
        self.waited = 0.0

    @property
    def waiting(self) -> int:
        """Bytes on their way to the terminal; 0 where nobody counts."""
        return 0 if self.taken is None else max(0, self.sent - self.taken)

    def has_taken(self, sent: int) -> bool:
        """Whether the terminal has taken all of the first so many bytes; where nobody counts, it has."""
        return self.taken is None or self.taken >= sent

    def take_waited(self) -> float:
        """Return the seconds spent waiting since the last time this was asked."""
        waited, self.waited = self.waited, 0.0
        return waited
