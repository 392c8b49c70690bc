"""Reading ahead: a second thread decompresses and decodes while the first one works."""

import threading
from collections.abc import Generator, Iterator
from queue import Full, Queue
from typing import Final, TypeVar

Item = TypeVar("Item")

_DEPTH: Final = 4
"""Items made ahead; bounds memory."""
_END: Final = object()
_PATIENCE_SECONDS: Final = 0.1


class _Failure:
    """An error of the reading thread, on its way to the consumer."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def read_ahead(items: Iterator[Item], depth: int = _DEPTH) -> Generator[Item, None, None]:
    """Yield `items`, made in a thread that stays up to `depth` ahead.

    An error of the maker is raised here, after everything made before it. Closing the generator ends the thread and
    closes `items`.
    """
    queue: Queue[object] = Queue(depth)
    stopped = threading.Event()

    def hand_over(item: object) -> bool:
        while not stopped.is_set():
            try:
                queue.put(item, timeout=_PATIENCE_SECONDS)
            except Full:
                continue
            return True
        return False

    def make() -> None:
        try:
            for item in items:
                if not hand_over(item):
                    return
        except BaseException as error:  # noqa: BLE001 - raised again in the consumer's thread
            hand_over(_Failure(error))
        else:
            hand_over(_END)
        finally:
            if isinstance(items, Generator):
                items.close()

    maker = threading.Thread(target=make, name="read-ahead", daemon=True)
    maker.start()
    try:
        while (item := queue.get()) is not _END:
            if isinstance(item, _Failure):
                raise item.error
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        maker.join()
