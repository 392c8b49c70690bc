"""The cache: what it has of a request, and that only whole files are in it."""

from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.databento.history_cache import Cover, HistoryCache, Request
from feeds.databento.history_errors import BrokenAnswer
from feeds.dbn import Metadata
from feeds.records import Schema
from tests.feeds.streams import bars

SECOND = 1_000_000_000
START = 1_795_000_000 * SECOND


def wanted(start: int, end: int, schema: Schema = Schema.OHLCV_1M) -> Request:
    """Return a request from `start` to `end` minutes."""
    return Request(schema, "GCZ6", START + start * 60 * SECOND, START + end * 60 * SECOND)


def whole(request: Request, count: int = 3) -> bytes:
    header = Metadata(dataset="GLBX.MDP3", schema=request.schema, start=request.start, end=request.end)
    return zstandard.compress(header.encode() + bars(count).tobytes())


def fill(cache: HistoryCache, request: Request) -> Path:
    with cache.filling(request) as path:
        path.write_bytes(whole(request))
    return cache.path_of(request)


def minutes(cover: Cover) -> list[tuple[int, int]]:
    """Return (start, end) of what is missing, in minutes."""
    return [((part.start - START) // 60 // SECOND, (part.end - START) // 60 // SECOND) for part in cover.missing]


@pytest.fixture
def cache(tmp_path: Path) -> HistoryCache:
    return HistoryCache(tmp_path, "GLBX.MDP3")


def test_what_was_bought_is_there(cache: HistoryCache) -> None:
    bought = fill(cache, wanted(0, 10))

    assert cache.cover(wanted(0, 10)) == Cover((bought,), (), ())
    assert cache.cover(wanted(3, 7)) == Cover((bought,), (), ())


def test_only_the_parts_that_are_missing_are_missing(cache: HistoryCache) -> None:
    first, second = fill(cache, wanted(2, 4)), fill(cache, wanted(6, 8))

    cover = cache.cover(wanted(0, 10))

    assert cover.files == (first, second)
    assert minutes(cover) == [(0, 2), (4, 6), (8, 10)]


def test_another_symbol_schema_or_dataset_is_another_thing(cache: HistoryCache, tmp_path: Path) -> None:
    fill(cache, wanted(0, 10))

    assert cache.cover(wanted(0, 10, Schema.OHLCV_1H)).files == ()
    assert cache.cover(Request(Schema.OHLCV_1M, "GCG7", wanted(0, 1).start, wanted(0, 1).end)).files == ()
    assert HistoryCache(tmp_path, "OTHER").cover(wanted(0, 10)).files == ()


stretches = st.tuples(st.integers(0, 20), st.integers(1, 8)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@settings(max_examples=40, deadline=None)
@given(st.lists(stretches, max_size=6), stretches)
def test_files_and_gaps_make_up_the_request_and_no_record_comes_twice(
    tmp_path_factory: pytest.TempPathFactory, had: list[tuple[int, int]], asked: tuple[int, int]
) -> None:
    cache = HistoryCache(tmp_path_factory.mktemp("cache"), "GLBX.MDP3")
    spans = {fill(cache, wanted(*stretch)): stretch for stretch in had}

    cover = cache.cover(wanted(*asked))

    held = [minute for file in cover.files for minute in range(*spans[file])]
    lacking = [minute for part in minutes(cover) for minute in range(*part)]
    assert len(held) == len(set(held))
    assert set(held) & set(range(*asked)) | set(lacking) == set(range(*asked))
    assert not set(held) & set(lacking)


def test_a_broken_file_is_moved_aside_and_said(cache: HistoryCache) -> None:
    bought = fill(cache, wanted(0, 10))
    bought.write_bytes(bought.read_bytes()[:-6])

    cover = cache.cover(wanted(0, 10))

    aside = bought.with_name(bought.name + ".broken")
    assert minutes(cover) == [(0, 10)]
    assert aside.is_file()
    assert not bought.exists()
    assert "is broken" in cover.notes[0]
    assert str(aside) in cover.notes[0]
    assert cache.cover(wanted(0, 10)).notes == ()


def test_a_file_of_another_schema_is_broken(cache: HistoryCache) -> None:
    bought = fill(cache, wanted(0, 10))
    bought.write_bytes(whole(wanted(0, 10, Schema.OHLCV_1H)))

    assert "it does not hold ohlcv-1m" in cache.cover(wanted(0, 10)).notes[0]


@pytest.mark.parametrize("content", [b"", b"no DBN", whole(wanted(0, 10))[:-6]], ids=["empty", "garbage", "cut"])
def test_nothing_that_is_not_whole_gets_into_the_cache(cache: HistoryCache, content: bytes) -> None:
    with pytest.raises(BrokenAnswer, match="broken"), cache.filling(wanted(0, 10)) as path:
        path.write_bytes(content)

    folder = cache.path_of(wanted(0, 10)).parent
    assert list(folder.iterdir()) == []


def test_a_download_given_up_leaves_nothing(cache: HistoryCache) -> None:
    with pytest.raises(KeyboardInterrupt), cache.filling(wanted(0, 10)) as path:
        path.write_bytes(whole(wanted(0, 10)))
        raise KeyboardInterrupt

    assert list(cache.path_of(wanted(0, 10)).parent.iterdir()) == []


def test_a_stretch_without_records_is_whole(cache: HistoryCache) -> None:
    with cache.filling(wanted(0, 10)) as path:
        path.write_bytes(whole(wanted(0, 10), count=0))

    assert minutes(cache.cover(wanted(0, 10))) == []


@pytest.mark.parametrize("symbol", ["GC.v.0", "GC/../..", "UD:1V: GC 4916"])
def test_no_symbol_leads_out_of_the_folder(cache: HistoryCache, tmp_path: Path, symbol: str) -> None:
    path = cache.path_of(Request(Schema.OHLCV_1M, symbol, START, START + SECOND))

    assert path.resolve().relative_to(tmp_path.resolve()).parts[0] == "GLBX.MDP3"
    assert len(path.relative_to(tmp_path).parts) == 4


@pytest.mark.parametrize(("start", "end"), [(0, 0), (1, 0), (0, 1), (SECOND, SECOND + 1)])
def test_a_request_is_a_stretch_of_whole_seconds(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="whole seconds"):
        Request(Schema.MBO, "GCZ6", start, end)
