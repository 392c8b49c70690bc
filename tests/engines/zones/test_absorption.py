"""Absorption as a trader would tell of it: who pressed, who stood there, and what became of the place."""

from dataclasses import replace

import msgspec
import pytest

from engines.book.layout import BID, HIDDEN_CANCELLED, HIDDEN_FILLED
from engines.events import Absorption
from engines.timing.trading_day import trading_day
from engines.zones.absorption import ENDED_KEPT, Absorptions
from engines.zones.absorption_icebergs import IcebergDeed, ZoneDeeds
from engines.zones.absorption_layout import KEPT
from tests.engines.zones.absorption_market import AS_TESTED, FAIR, GOLD, MINUTE, SECOND, Pit, follow, said


def _absorbed(side: str = "sell", lots: int = 300) -> Pit:
    """Ten usual minutes, then twenty seconds of pressure that the price takes."""
    return Pit().usual(10).press(side, lots)


def _states(lines: list[Absorption]) -> list[str]:
    return [line.state for line in lines]


# --- finding it -------------------------------------------------------------------------------------------------------


def test_sellers_hit_a_bid_that_does_not_fall() -> None:
    lines, _ = follow(_absorbed("sell"))
    formed = lines[0]
    assert (formed.id, formed.state, formed.side) == ("absorption-1", "formed", "bid")
    assert (formed.low, formed.high) == (FAIR / 10, (FAIR + 1) / 10)
    assert formed.volume_z >= 2
    assert formed.impact_z >= 1
    assert formed.progress == 0
    assert formed.refill_ratio is not None
    assert formed.refill_ratio >= 0.5
    assert formed.reason.endswith("lots sold into it, price 0 ticks beyond at most")


def test_buyers_lift_an_offer_that_does_not_rise() -> None:
    lines, _ = follow(_absorbed("buy"))
    assert lines[0].side == "ask"
    assert (lines[0].low, lines[0].high) == ((FAIR - 1) / 10, FAIR / 10)
    assert lines[0].impact_z >= 1
    assert "bought from it" in lines[0].reason


def test_price_that_falls_with_the_pressure_absorbs_nothing() -> None:
    pit = Pit().usual(10)
    for _ in range(20):
        pit.wait(1).trade("sell", 15, pit.tick - 1)
    assert follow(pit)[0] == []


def test_usual_trading_absorbs_nothing() -> None:
    assert follow(Pit().usual(60))[0] == []


def test_both_sides_trading_hard_at_one_price_is_no_pressure() -> None:
    pit = Pit().usual(10).wait(40)
    for _ in range(100):
        pit.wait(0.2).trade("sell", 3).trade("buy", 3)
    assert follow(pit)[0] == []


def test_a_large_order_that_is_eaten_up_and_not_refilled_absorbs_nothing() -> None:
    assert follow(Pit().usual(10).press("sell", 300, refilled=False))[0] == []


def test_where_the_schema_tells_no_queues_refill_is_unknown_and_not_asked_for() -> None:
    pit = Pit()
    pit.tells_queues = False
    lines, engine = follow(pit.usual(10).press("sell", 300, refilled=False))
    assert lines[0].state == "formed"
    assert lines[0].refill_ratio is None
    assert ("refill", "--") in [(proof.name, proof.value) for proof in engine.marks()[0].evidence]


@pytest.mark.parametrize(("beyond", "found"), [(1, True), (2, False)])
def test_price_may_dip_a_tick_beyond_but_not_two(beyond: int, *, found: bool) -> None:
    pit = Pit().usual(10)
    for _ in range(12):
        pit.press("sell", 18, 1).trade("sell", 1, FAIR - beyond).trade("sell", 1, FAIR)
    lines = [line for line in follow(pit)[0] if line.low <= FAIR / 10 <= line.high and line.progress > 0]
    assert bool(lines) == found


def test_nothing_is_judged_before_two_minutes_are_known() -> None:
    assert follow(Pit().usual(1).press("sell", 300))[0] == []
    assert follow(Pit().usual(3).press("sell", 300))[0] != []


def test_trades_without_an_aggressor_press_on_nobody() -> None:
    assert follow(Pit().usual(10).press("none", 3_000))[0] == []


def test_volume_must_be_unusual_for_the_time_of_day_once_earlier_days_tell() -> None:
    day = 24 * 60 * MINUTE
    engine = Absorptions(GOLD, replace(AS_TESTED, refill=-100.0))
    told = []
    for number in range(4):
        pit = Pit(Pit().clock + number * day).usual(10)
        for _ in range(10):
            pit.press("sell", 300).wait(10)
        engine.begin_day(trading_day(int(pit.rows[0]["clock"][0])))
        told.append([line for found in pit.found() for line in said(engine.take(found)) if "sold into" in line.reason])
    assert told[0], "on the first day nobody knows of this busy time"
    assert told[3] == []


# --- one zone of several findings -------------------------------------------------------------------------------------


def test_findings_close_in_price_and_time_are_one_zone_that_grows() -> None:
    pit = _absorbed().move(2).wait(60)
    pit.tick = FAIR - 1
    lines, _ = follow(pit.press("sell", 400))
    assert {line.id for line in lines} == {"absorption-1"}
    assert (lines[-1].low, lines[-1].high) == ((FAIR - 1) / 10, (FAIR + 1) / 10)
    assert lines[-1].volume > lines[0].volume
    assert "more lots sold into it" in lines[-1].reason


def test_no_lot_is_found_absorbed_twice() -> None:
    lines, _ = follow(_absorbed(lots=1_000))
    amounts = [int(line.reason.split()[0]) for line in lines if "lots sold" in line.reason]
    assert len(amounts) > 1
    assert sum(amounts) <= lines[-1].volume


def test_much_later_absorption_at_the_same_price_is_a_new_zone_and_the_old_one_gives_way() -> None:
    pit = _absorbed().usual(12)
    pit.tick = FAIR
    lines, _ = follow(pit.press("sell", 300))
    ends = [(line.id, line.state, line.reason) for line in lines if line.id == "absorption-1"][-1:]
    assert ends == [("absorption-1", "expired", "newer absorption took its place")]
    assert lines[-1].id == "absorption-2"


def test_the_other_side_at_the_same_price_is_another_zone() -> None:
    lines, _ = follow(_absorbed().wait(40).press("buy", 300))
    assert {(line.id, line.side) for line in lines} == {("absorption-1", "bid"), ("absorption-2", "ask")}


# --- its life ---------------------------------------------------------------------------------------------------------


def test_price_leaves_in_favour_and_comes_back() -> None:
    lines, engine = follow(_absorbed().move(18).move(-17))
    assert _states(lines)[-2:] == ["confirmed", "touched"]
    assert [line.reason for line in lines[-2:]] == ["price left it by 15 ticks", "price came back, touch 2"]
    assert [line.touches for line in lines[-2:]] == [1, 2]
    assert engine.marks()[0].live


def test_price_that_stays_close_does_not_come_back() -> None:
    pit = _absorbed()
    for _ in range(5):
        pit.trade("buy", 1, FAIR + 2).wait(1).trade("sell", 1, FAIR).wait(1)
    settings = replace(AS_TESTED, touch_range=2.0)
    assert "touched" not in _states(follow(pit, settings)[0])


def test_a_zone_breaks_when_enough_trades_beyond_it() -> None:
    lines, engine = follow(_absorbed().move(-2).press("sell", 30, 2))
    assert lines[-1].state == "broken"
    assert lines[-1].reason.endswith("lots traded beyond it")
    mark = engine.marks()[0]
    assert (mark.live, mark.state, mark.reason) == (False, "broken", lines[-1].reason)


def test_a_few_lots_beyond_do_not_break_it() -> None:
    lines, engine = follow(_absorbed().move(-3).move(4))
    assert "broken" not in _states(lines)
    assert engine.marks()[0].live


def test_an_offer_breaks_upwards() -> None:
    lines, _ = follow(_absorbed("buy").move(2).press("buy", 30, 2))
    assert (lines[-1].side, lines[-1].state) == ("ask", "broken")


def test_a_zone_breaks_when_a_minute_closes_beyond_it() -> None:
    pit = _absorbed().move(-3).wait(60).trade("buy", 1, FAIR)
    lines, _ = follow(pit)
    assert (lines[-1].state, lines[-1].reason) == ("broken", "a minute closed 3 ticks beyond it")
    assert lines[-1].ts % MINUTE == 0


def test_a_zone_that_nothing_trades_into_grows_old() -> None:
    settings = replace(AS_TESTED, age=5 * MINUTE)
    pit = _absorbed().move(5)
    for _ in range(8):
        pit.wait(60).trade("buy", 1)
    assert follow(pit, settings)[0][-1].reason == "nothing traded into it for 5 minutes"


def test_zones_end_with_their_trading_day() -> None:
    pit = _absorbed()
    _, engine = follow(pit)
    engine.begin_day(trading_day(pit.clock + 24 * 60 * MINUTE))
    following = Pit(pit.clock + 24 * 60 * MINUTE).usual(0.1)
    lines = said(engine.take(following.found()[0]))
    assert [(line.state, line.reason) for line in lines] == [("expired", "the trading day ended")]
    assert lines[0].ts == trading_day(pit.clock).end
    assert not engine.marks()[0].live


# --- what stands behind it --------------------------------------------------------------------------------------------


def test_the_share_that_native_icebergs_took() -> None:
    pit = Pit().usual(10)
    for _ in range(20):
        pit.press("sell", 10, 1).press("sell", 10, 1).iceberg("bid", 10)
    lines, engine = follow(pit)
    assert lines[-1].native_share == pytest.approx(0.5, abs=0.06)
    assert any(proof.name == "native share" for proof in engine.marks()[0].evidence)


def test_icebergs_elsewhere_have_no_share() -> None:
    pit = Pit().usual(8).iceberg("bid", 50).usual(2).press("sell", 200).iceberg("ask", 50)
    pit.trade("buy", 1, FAIR + 5).iceberg("bid", 50).trade("sell", 1, FAIR)
    lines, _ = follow(pit.press("sell", 400))
    assert {line.native_share for line in lines} == {0.0}


def test_deeds_of_long_ago_count_as_before_and_are_not_kept_one_by_one() -> None:
    deeds = [IcebergDeed(at, at * SECOND, BID, FAIR, 3, HIDDEN_FILLED) for at in range(500)]
    deeds[100] = msgspec.structs.replace(deeds[100], lots=0, what=HIDDEN_CANCELLED)
    zone, singly = ZoneDeeds(), []
    for deed in deeds:
        zone.add([deed])
        zone.add([deed])
        zone.sum_up(deed.ts - 30 * SECOND, deed.event)
        singly.append(zone.singly)
    assert max(singly) == 32
    assert zone.known() == (3 * 499, deeds[100])
    assert zone.known(lambda deed: deed.event < 480) == (3 * 479, deeds[100])


def test_a_cancelled_iceberg_is_a_reason_to_doubt() -> None:
    pit = _absorbed().iceberg("bid", 0, cancelled=True).move(18)
    lines, engine = follow(pit)
    assert lines[-1].state == "confirmed"
    assert lines[-1].reason == "price left it by 15 ticks; an iceberg in it was cancelled"
    assert engine.marks()[0].evidence[-1].name == "iceberg cancelled"


def test_the_trades_behind_a_zone_can_be_opened() -> None:
    pit = _absorbed()
    lines, engine = follow(pit)
    opened = engine.opened("absorption-1")
    assert opened is not None
    assert opened.count > 20
    newest = opened.records[-1]
    last = pit.rows[-1]
    assert (newest.index, newest.ts, newest.size) == (last["index"][0], last["clock"][0], last["size"][0])
    assert (newest.what, newest.order_id) == ("sell trade", last["order_id"][0])
    assert sum(record.size for record in opened.records) == sum(
        int(row["size"][0]) for row in pit.rows[-len(opened.records) :]
    )
    assert lines[0].volume <= opened.count * 15
    assert engine.opened("absorption-2") is None


def test_only_the_newest_trades_are_kept_and_ended_zones_can_still_be_opened() -> None:
    pit = Pit().usual(10).press("sell", 1_500, 100).move(-2).press("sell", 30, 2)
    _, engine = follow(pit)
    opened = engine.opened("absorption-1")
    assert opened is not None
    assert not opened.mark.live
    assert len(opened.records) == KEPT < opened.count
    assert [record.ts for record in opened.records] == sorted(record.ts for record in opened.records)
    assert {record.tick for record in opened.records} == {FAIR}


def test_marks_are_the_oldest_first_and_ended_ones_are_forgotten_in_time() -> None:
    pit = Pit().usual(10)
    settings = replace(AS_TESTED, lately=300)
    for _ in range(ENDED_KEPT + 3):
        pit.press("sell", 300).move(-3).press("sell", 30, 2).usual(2)
    lines, engine = follow(pit, settings)
    marks = engine.marks()
    assert sum(line.state == "broken" for line in lines) > ENDED_KEPT
    assert sum(not mark.live for mark in marks) == ENDED_KEPT
    assert [mark.first_ts for mark in marks] == sorted(mark.first_ts for mark in marks)


def test_a_score_is_a_half_where_it_is_just_enough() -> None:
    lines, engine = follow(_absorbed(lots=600))
    score = engine.marks()[0].score
    assert score is not None
    assert score == lines[-1].score
    first = lines[0]
    assert first.refill_ratio is not None
    came_back = (first.refill_ratio - AS_TESTED.refill) / (1 - AS_TESTED.refill)
    impact, volume = (
        1 - 0.5 ** (first.impact_z / AS_TESTED.impact_z),
        1 - 0.5 ** (first.volume_z / AS_TESTED.volume_z),
    )
    assert first.score == pytest.approx((impact + volume + (1 + came_back) / 2) / 3, abs=0.01)
    assert 0.5 <= first.score <= score <= 1.0


def test_as_much_absorbed_again_scores_more_although_each_finding_is_just_enough() -> None:
    pit = Pit().usual(10)
    for _ in range(3):
        pit.press("sell", 300)
    found = [line for line in follow(pit)[0] if line.state == "formed"]
    assert len(found) > 1
    assert found[-1].score > found[0].score


def test_more_trades_in_a_window_than_it_has_room_for() -> None:
    pit = Pit().usual(10)
    for _ in range(6_000):
        pit.clock += SECOND // 300
        pit.trade("sell", 1)
    lines, _ = follow(pit)
    assert lines[0].state == "formed"
    assert lines[-1].volume > 5_000
