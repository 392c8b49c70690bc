"""Old records in the newest version, held beside what Databento's own decoder makes of them."""

from pathlib import Path

import databento_dbn
import numpy as np
import pytest
import zstandard
from databento_dbn import DBNDecoder

from feeds.databento.gateway.transcoding import as_newest
from feeds.dbn import DbnFile, Metadata
from feeds.records import (
    DEFINITION,
    MBO,
    STATISTICS,
    STATISTICS_V1,
    UNDEFINED_INT32,
    Batch,
    Schema,
    layout_of,
)
from tests.feeds.streams import made, orders, saved, stream

SAMPLES = [
    f"dbn-samples/{name}"
    for name in (
        "test_data.definition.v1.dbn.zst",
        "test_data.definition.v2.dbn.zst",
        "test_data.definition.v3.dbn.zst",
        "test_data.statistics.v1.dbn.zst",
        "test_data.statistics.v3.dbn.zst",
        "test_data.mbo.v1.dbn.zst",
        "test_data.mbp-10.v2.dbn.zst",
    )
]


def theirs(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
    records = DBNDecoder().write_and_decode(data)  # made version 3, as is its habit
    return b"".join(bytes(one) for one in records if not isinstance(one, databento_dbn.Metadata))


@pytest.mark.parametrize("name", [*SAMPLES, "esu4-nqu4.definition.dbn.zst", "esu4-20240701.mbp-1.dbn.zst"])
def test_every_record_equals_what_their_decoder_makes_of_it(data: Path, name: str) -> None:
    path = data / name
    ours = b"".join(as_newest(batch).tobytes() for batch in DbnFile(path).batches())
    assert ours
    assert ours == theirs(path)


def test_statistics_of_version_1_widen_and_keep_what_is_undefined(tmp_path: Path) -> None:
    old = made(STATISTICS_V1, 24, 3, quantity=[7, -7, UNDEFINED_INT32], stat_flags=255, price=[1, 2, 3])
    path = saved(tmp_path / "a.dbn", stream(old, metadata=Metadata(version=1, dataset="GLBX.MDP3")))
    new = as_newest(Batch(Schema.STATISTICS, old))
    assert new.dtype == STATISTICS
    assert new["quantity"].tolist() == [7, -7, 2**63 - 1]
    assert new.tobytes() == theirs(path)


def test_order_flow_is_not_touched() -> None:
    records = orders(3)
    assert as_newest(Batch(Schema.MBO, records)) is records


def test_a_send_time_in_the_source_is_left_out() -> None:
    layout = layout_of(160, 64, ts_out=True)
    assert layout is not None
    sent = np.zeros(2, layout)
    plain = orders(2)
    for name in MBO.names or ():
        sent[name] = plain[name]
    sent["length"], sent["ts_out"] = 16, 99
    assert as_newest(Batch(Schema.MBO, sent)).tobytes() == plain.tobytes()


def test_a_definition_of_the_newest_version_is_not_touched() -> None:
    records = made(DEFINITION, 19, 2)
    assert as_newest(Batch(Schema.DEFINITION, records)) is records
