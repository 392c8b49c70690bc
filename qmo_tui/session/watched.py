"""Work beside which a watch is kept: neither goes on without the other."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def watched(work: Coroutine[Any, Any, None], watch: Coroutine[Any, Any, None]) -> None:
    """Run work to its end, and a watch beside it that ends with it; what fails in either ends both and is raised."""
    tasks = [asyncio.create_task(work), asyncio.create_task(watch)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
