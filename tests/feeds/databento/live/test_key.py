import copy
import pickle
import traceback

import pytest

from feeds.databento.key import ApiKey, without_keys
from feeds.errors import KeyRefused

SECRET = "db-ThisKeyBelongsToNobodyAtAll99"


def test_a_key_tells_itself_only_when_asked_by_name() -> None:
    key = ApiKey(f"  {SECRET}\n")
    assert key.reveal() == SECRET
    for shown in (repr(key), str(key), f"{key}", f"{[key]}"):
        assert SECRET not in shown
        assert SECRET[-5:] not in shown


@pytest.mark.parametrize(
    "text",
    ["", "db-", SECRET[:-1], SECRET + "x", SECRET.replace("db-", "DB-"), SECRET.replace("K", "-"), "db-" + "é" * 29],
    ids=["empty", "prefix", "short", "long", "upper case", "dash", "not ascii"],
)
def test_what_is_no_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(KeyRefused) as caught:
        ApiKey(text)
    told = "".join(traceback.format_exception(caught.value))
    assert len(text) < 5 or text not in told
    assert str(len(text.strip())) in str(caught.value)


def test_a_key_is_not_written_down() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(ApiKey(SECRET))
    with pytest.raises(TypeError):
        copy.copy(ApiKey(SECRET))


def test_whatever_looks_like_a_key_is_taken_out_of_a_text() -> None:
    assert without_keys(f"user {SECRET} unknown") == "user db-*** unknown"
    assert without_keys("a db-file") == "a db-file"
