"""A server beside a session: its socket listens from the start, and it answers once the session is there.

What it answers with is loaded only then: a screen that opens does not wait for it.
"""

import asyncio
import importlib
import logging
import os
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from qmo_tui.errors import QmoError
from qmo_tui.server.listening import LOOPBACK, listen
from qmo_tui.server.stream import EventStream
from qmo_tui.server.token import token_of
from qmo_tui.server.whereabouts import Whereabouts, forget, keep
from qmo_tui.setting_tables.server import Server

if TYPE_CHECKING:
    from aiohttp import web

    from qmo_tui.server.served import Served

_SHUTDOWN_SECONDS: Final = 1.0
"""How long open connections may take to end once the session has."""


class Serving:
    """A server of this machine.

    Attributes:
        stream: Hears the event log of the session that is to be served.
        token: The secret that every request carries.
        port: Where it listens.
    """

    def __init__(self, options: Server, environment: Mapping[str, str] = os.environ) -> None:
        """Listen; nothing is answered yet.

        Raises:
            QmoError: The port cannot be had, or the environment's token is none.
        """
        self.token = token_of(environment)
        self._listening = listen(options.port)
        self.port: int = self._listening.getsockname()[1]
        self.stream = EventStream(options.kept_megabytes)
        self._options = options
        self._runner: web.AppRunner | None = None
        self._accepting: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def _whereabouts(self) -> Whereabouts:
        return Whereabouts(url=self.url, port=self.port, token=self.token.text, pid=os.getpid())

    async def start(self, served: "Served") -> None:
        """Answer about a session from now on."""
        await asyncio.to_thread(importlib.import_module, "qmo_tui.server.application")
        from aiohttp import web  # noqa: PLC0415 - loaded by now, in a thread

        from qmo_tui.server.access_log import AccessLog, WithoutRequests  # noqa: PLC0415 - as above
        from qmo_tui.server.application import make_application  # noqa: PLC0415 - as above
        from qmo_tui.server.browser import Browsers  # noqa: PLC0415 - as above
        from qmo_tui.server.doorway import Doorway  # noqa: PLC0415 - as above
        from qmo_tui.server.view_socket import ViewSocket  # noqa: PLC0415 - as above

        application = make_application(served, self.stream, self.token, self._options)
        ViewSocket(application)
        Browsers(application, self.token)
        wire = logging.getLogger("qmo.server.wire")
        wire.addFilter(WithoutRequests())
        self._runner = web.AppRunner(
            application,
            logger=wire,
            access_log=logging.getLogger("qmo.server"),
            access_log_class=AccessLog,
            shutdown_timeout=_SHUTDOWN_SECONDS,
        )
        await self._runner.setup()
        doorway = Doorway(self._runner, self._options)
        self._accepting = await asyncio.get_running_loop().create_server(doorway, sock=self._listening)

    async def close(self, reason: str) -> None:
        """End the stream, telling its clients why, and all connections."""
        self.stream.end(reason)
        if self._accepting is not None:
            self._accepting.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def __enter__(self) -> Self:
        """Leave word of the server for the user's other programs.

        Raises:
            QmoError: Word of it cannot be left.
        """
        try:
            keep(self._whereabouts)
        except QmoError:
            self._listening.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        forget(self._whereabouts)
        self._listening.close()
