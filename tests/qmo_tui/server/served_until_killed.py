"""A process that serves a scripted market until it is killed: `python -m tests.qmo_tui.server.served_until_killed`.

It says its port on stdout; the token is the environment's.
"""

import asyncio
import sys

from qmo_tui.server.serving import Serving
from qmo_tui.setting_tables.server import Server
from tests.qmo_tui.cockpit.scenes import ScriptedDesk


async def serve() -> None:
    with Serving(Server(port=0)) as serving:
        await serving.start(ScriptedDesk())
        sys.stdout.write(f"{serving.port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
