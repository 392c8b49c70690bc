"""Sources that meet in one queue: what waits, what is kept, and what is left behind when one is stopped."""

import asyncio
from collections.abc import AsyncGenerator

from feeds.records import Batch
from feeds.states import FeedItem
from feeds.supervisor.running import Ended, Mailbox, Running
from tests.feeds.supervisor.scripted import Bring, brought
from tests.feeds.virtual_time import in_virtual_time

RECORDS = 500


class Torrent:
    """Yields records as fast as they are taken."""

    name = "torrent"

    def __init__(self) -> None:
        self.yielded = 0
        self._closed = False

    async def items(self) -> AsyncGenerator[FeedItem]:
        batch = brought(Bring())
        while self.yielded < RECORDS and not self._closed:
            self.yielded += 1
            yield batch

    async def close(self) -> None:
        self._closed = True


async def everything(mailbox: Mailbox) -> list[FeedItem | Ended]:
    items: list[FeedItem | Ended] = []
    while not items or not isinstance(items[-1], Ended):
        items += [item for _, item in await mailbox.take(1.0)]
    return items


def test_a_source_waits_while_its_records_are_not_taken_and_none_is_lost() -> None:
    async def scenario() -> None:
        mailbox, source = Mailbox(10 * 56), Torrent()
        Running(source, mailbox, is_primary=True)
        await asyncio.sleep(60)
        assert source.yielded == 12
        items = await everything(mailbox)
        assert sum(isinstance(item, Batch) for item in items) == RECORDS
        assert items[-1] == Ended(None)

    in_virtual_time(scenario())


def test_a_source_that_waits_for_room_can_be_stopped_and_what_it_gave_is_kept() -> None:
    async def scenario() -> None:
        mailbox, source = Mailbox(10 * 56), Torrent()
        running = Running(source, mailbox, is_primary=True)
        await asyncio.sleep(1)
        await running.stop()
        items = await everything(mailbox)
        assert sum(isinstance(item, Batch) for item in items) == source.yielded == 12

    in_virtual_time(scenario())


def test_a_source_that_does_not_end_when_it_is_closed_is_cancelled() -> None:
    class Stubborn(Torrent):
        async def items(self) -> AsyncGenerator[FeedItem]:
            await asyncio.Event().wait()
            yield brought(Bring())

    async def scenario() -> None:
        before = asyncio.all_tasks()
        running = Running(Stubborn(), Mailbox(56), is_primary=True)
        await asyncio.sleep(1)
        await running.stop()
        assert asyncio.all_tasks() == before

    in_virtual_time(scenario())
