"""A line between the program and a gateway, which a test cuts when it likes."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Final, Self

_TURN_SECONDS: Final = 0.05
_CHUNK: Final = 65_536


class LineToCut:
    """Forwards every connection to a port on this machine.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_TURN_SECONDS)
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, name="line-to-cut")]
        self._is_open = True
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_open = False
        self.cut()
        for thread in self._threads:
            thread.join()
        self.cut()
        self._listener.close()

    def cut(self) -> None:
        """Break every connection off; the next one goes through again."""
        ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        while self._is_open:
            with contextlib.suppress(TimeoutError):
                client, _ = self._listener.accept()
                gateway = socket.create_connection(("127.0.0.1", self._to_port))
                self._ends += [client, gateway]
                for way in ((client, gateway), (gateway, client)):
                    thread = threading.Thread(target=_forward, args=way, name="line-to-cut")
                    self._threads.append(thread)
                    thread.start()


def _forward(source: socket.socket, target: socket.socket) -> None:
    """Forward one direction until the line ends."""
    source.settimeout(None)
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
