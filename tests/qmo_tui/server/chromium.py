"""A real browser without a window, driven over the DevTools protocol."""

import asyncio
import base64
import json
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
)
_KEEP_TERMINAL = """
Object.defineProperty(Object.prototype, "terminal", {
  configurable: true,
  set(made) { window.shownTerminal = made; Object.defineProperty(this, "terminal", { value: made, writable: true }); },
});
"""
"""Keeps hold of the terminal that the page's script makes, so that a test can read its cells."""
_READ_TERMINAL = """
(() => {
  const buffer = window.shownTerminal && window.shownTerminal.buffer.active;
  const lines = [];
  for (let row = 0; buffer && row < buffer.length; row++) lines.push(buffer.getLine(row).translateToString(true));
  return lines.join("\\n");
})()
"""
PATIENCE_SECONDS = 60


class Page:
    """One page of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)
        self.asked: list[str] = []

    async def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command of the protocol and return its result; what the page asked for meanwhile is kept."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                message = json.loads((await self._socket.receive()).data)
                if message.get("method") == "Network.requestWillBeSent":
                    self.asked.append(message["params"]["request"]["url"])
                if message.get("id") == number:
                    assert "error" not in message, message
                    result: dict[str, Any] = message["result"]
                    return result

    async def evaluate(self, script: str) -> Any:
        """Return the value of a script in the page."""
        result = await self.do("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def open(self, url: str) -> None:
        """Go to an address."""
        await self.do("Page.navigate", url=url)

    async def resize(self, width: int, height: int) -> None:
        """Give the page a size in pixels."""
        await self.do(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    async def text(self) -> str:
        """Return what stands in the cells of the terminal."""
        return str(await self.evaluate(_READ_TERMINAL))

    async def until(self, *texts: str) -> str:
        """Wait until the terminal shows texts, and return all that it shows."""
        shown = ""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while any(text not in shown for text in texts) or not shown:
                    await asyncio.sleep(0.05)
                    shown = await self.text()
        except TimeoutError:
            raise AssertionError(f"{texts} are not shown:\n{shown}") from None
        return shown

    async def until_so(self, script: str) -> None:
        """Wait until a script in the page is true."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await self.evaluate(script):  # noqa: ASYNC110 - the page is another process
                await asyncio.sleep(0.05)

    async def until_gone(self, text: str) -> None:
        """Wait until the terminal shows a text no more."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while text in await self.text():  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)

    async def press(self, key: str, code: int | None = None) -> None:
        """Press a key, as a keyboard does: a letter, or a named key with its virtual code."""
        text = {"text": key} if len(key) == 1 else {}
        number = code if code is not None else ord(key.upper())
        for kind in ("keyDown", "keyUp"):
            await self.do("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=number, **text)

    async def picture(self) -> bytes:
        """Return what it looks like, as PNG."""
        return base64.b64decode((await self.do("Page.captureScreenshot", format="png"))["data"])


@asynccontextmanager
async def browser(folder: Path, width: int = 1280, height: int = 800) -> AsyncIterator[Page]:
    """Run a browser with one page, and with its data in a folder, for as long as the block lasts."""
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *_ARGUMENTS,
        f"--user-data-dir={folder}",
        stdout=DEVNULL,
        stderr=DEVNULL,
        start_new_session=True,
    )
    try:
        async with aiohttp.ClientSession() as client:
            address = await _page_address(client, folder)
            async with client.ws_connect(address, max_msg_size=64_000_000) as socket:
                page = Page(socket)
                for domain in ("Page", "Network", "Runtime"):
                    await page.do(f"{domain}.enable")
                await page.do("Page.addScriptToEvaluateOnNewDocument", source=_KEEP_TERMINAL)
                await page.resize(width, height)
                yield page
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _page_address(client: aiohttp.ClientSession, folder: Path) -> str:
    """Return where the page is driven, once the browser has said where it listens."""
    told = folder / "DevToolsActivePort"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (told.exists() and told.read_text().count("\n")):  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.05)
        port = told.read_text().split()[0]
        while True:
            async with client.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [one for one in await answer.json() if one["type"] == "page"]
            if pages:
                return str(pages[0]["webSocketDebuggerUrl"])
            await asyncio.sleep(0.05)
