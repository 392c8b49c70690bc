"""Zones on the screen: the table's rows and order, an opened zone, bands on ladder and chart, and their keys."""

import re
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.events import MouseScrollDown

from engines.view import Evidence, OpenedZone, StopMark, ViewRequest, ZoneMark, ZoneRecord
from qmo_tui.cockpit.frame import Frame, ZoneChoice
from qmo_tui.cockpit.painting.bands import TEXTURES, drawn_zones
from qmo_tui.cockpit.painting.chart import bars_that_fit, paint_chart
from qmo_tui.cockpit.painting.footprint_chart import paint_footprint_chart
from qmo_tui.cockpit.painting.ladder import ladder_height, paint_ladder
from qmo_tui.cockpit.painting.opened_zone import paint_opened_zone
from qmo_tui.cockpit.painting.spans import text_of
from qmo_tui.cockpit.painting.zone_table import paint_zone_table
from qmo_tui.cockpit.painting.zones import LETTERS, listed_zones, live_zones, price_band
from tests.qmo_tui.cockpit.goldens import assert_golden, text_picture
from tests.qmo_tui.cockpit.inks import assert_sound
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import CENTRE, ES, GC, SECOND, START, market
from tests.qmo_tui.cockpit.zone_scenes import (
    BROKEN,
    GAP,
    HELD_ASK,
    HELD_BID,
    ICEBERG,
    MINUTE,
    POOL,
    SWEEP,
    ZONES,
    ZonedDesk,
    with_zones,
)


def scene(zones: tuple[ZoneMark, ...] = ZONES, *, rows: int = 21, bars: int = 30, **chosen: str) -> Frame:
    """Return the market with zones, without the profile that lies over the chart."""
    choice = ZoneChoice(**chosen)  # type: ignore[arg-type]
    request = ViewRequest(ladder_rows=rows, bars=bars, zones=True, opened=choice.opened)
    return Frame(with_zones(market(0, request), request, zones), zones=choice)


def table(frame: Frame, width: int = 73, height: int = 12) -> list[str]:
    return text_picture(paint_zone_table(frame, width, height)).splitlines()


def opened(frame: Frame, width: int = 100, height: int = 20) -> str:
    return text_picture(paint_opened_zone(frame, width, height))


# --- the table


@pytest.mark.parametrize(("width", "height"), [(37, 12), (73, 11), (80, 8)])
def test_the_table_at_each_layout(width: int, height: int) -> None:
    assert_golden(f"zones-{width}x{height}", "\n".join(table(scene(selected="a1"), width, height)) + "\n")


def test_zones_stand_from_the_nearest_to_price_to_the_farthest_and_ended_ones_last() -> None:
    letters = [line[1] for line in table(scene())[2:9]]
    assert letters == ["W", "I", "A", "A", "G", "P", "A"]
    assert "two trades" in table(scene(), width=100)[8]


def test_of_two_as_near_the_stronger_is_first_then_the_newer() -> None:
    older, newer = (msgspec.structs.replace(GAP, id=str(number), first_ts=START - number * MINUTE) for number in (9, 2))
    strong = msgspec.structs.replace(older, id="strong", score=0.7)
    assert [mark.id for mark in live_zones(scene((older, newer, strong)).view, None)] == ["strong", "2", "9"]


REMEMBERED = msgspec.structs.replace(
    ICEBERG, id="m1", kind="memory", label="memory of native iceberg", state="remembered", score=0.2
)


def test_an_iceberg_and_its_memory_at_its_price_are_one_row() -> None:
    frame = scene((ICEBERG, REMEMBERED))
    assert [mark.id for mark in live_zones(frame.view, None)] == [ICEBERG.id]
    assert [mark.id for mark in live_zones(frame.view, "memory")] == [REMEMBERED.id]
    across = msgspec.structs.replace(REMEMBERED, low=ICEBERG.low - 3)
    elsewhere = msgspec.structs.replace(REMEMBERED, side="ask")
    for other in (across, elsewhere):
        assert len(live_zones(scene((ICEBERG, other)).view, None)) == 2


def test_of_an_ended_iceberg_that_is_remembered_the_memory_is_enough() -> None:
    ended = msgspec.structs.replace(ICEBERG, live=False, state="executed", last_ts=START)
    listed = [mark.id for mark in listed_zones(scene((ended, REMEMBERED)).view, None)]
    assert listed == [REMEMBERED.id]
    assert [mark.id for mark in listed_zones(scene((ended,)).view, None)] == [ended.id]
    assert [mark.id for mark in listed_zones(scene((ended, REMEMBERED)).view, "iceberg")] == [ended.id]


def test_the_columns_stay_where_they_are_while_others_come_into_sight() -> None:
    wide = msgspec.structs.replace(GAP, low=CENTRE - 50, high=CENTRE - 45)
    narrow = tuple(
        msgspec.structs.replace(POOL, id=f"p{number}", low=CENTRE + number, high=CENTRE + number) for number in range(9)
    )
    first, last = (table(scene((*narrow, wide), selected=chosen), height=8)[1] for chosen in ("p0", wide.id))
    assert first == last


def test_strong_zones_stand_out_and_weak_ones_are_dim() -> None:
    for score, ink in ((0.82, "bid bold"), (0.4, "text"), (0.1, "muted"), (None, "muted")):
        row = paint_zone_table(scene((msgspec.structs.replace(HELD_BID, score=score),)), 73, 4)[1]
        told = "--" if score is None else f"{score:.2f}"
        assert [used for text, used in row if text.strip() == told] == [ink]


def test_a_distance_is_signed_as_the_price_axis_and_inside_is_here() -> None:
    around = msgspec.structs.replace(GAP, low=CENTRE - 1, high=CENTRE + 1)
    texts = "\n".join(table(scene((SWEEP, HELD_ASK, around))))
    assert re.search(r"4809.50–09.75 bid .* −1 ", texts)
    assert re.search(r"4812.25–12.50 ask .* \+9 ", texts)
    assert re.search(r"4809.75–10.25 bid .* here ", texts)


def test_a_score_that_is_not_given_is_unknown_and_not_zero() -> None:
    (row,) = [line for line in table(scene()) if "prior day" in line]
    assert " -- " in row
    assert "0.00" not in row


def test_a_held_bid_is_support_in_words_and_in_the_colour_of_bids() -> None:
    rows = paint_zone_table(scene((HELD_BID,)), 100, 4)
    (row,) = [row for row in rows if "absorption" in text_of(row) and "zones" not in text_of(row)]
    assert "bid support" in text_of(row)
    assert {ink for text, ink in row if "bid support" in text} == {"bid"}
    asked = paint_zone_table(scene((HELD_ASK,)), 100, 4)[1]
    assert "ask resistance" in text_of(asked)
    assert {ink for text, ink in asked if "ask resistance" in text} == {"ask"}


def test_zones_that_have_no_room_are_counted() -> None:
    lines = table(scene(), height=5)
    assert "6 live  +3 more  1 ended" in lines[0]
    assert len(lines) == 5


def test_one_ended_zone_keeps_its_row_and_the_selected_one_is_always_in_sight() -> None:
    assert any(BROKEN.reason[:5] in line for line in table(scene(), height=5))
    for mark in ZONES:
        assert any(line.startswith("▸") for line in table(scene(selected=mark.id), height=4))


def test_ended_zones_go_after_a_quarter_of_an_hour() -> None:
    long_ago = msgspec.structs.replace(BROKEN, last_ts=START - 16 * MINUTE)
    assert not any("broken" in line for line in table(scene((POOL, long_ago))))


def test_a_kind_by_itself() -> None:
    lines = table(scene(kind="absorption"))
    assert "zones: absorption  2 live" in lines[0]
    assert [line[1] for line in lines[2:5]] == ["A", "A", "A"]
    assert "no zone of this kind among 7" in table(scene(kind="memory"))[1]


def test_weak_zones_are_counted_and_left_out_until_their_kind_is_looked_at() -> None:
    remembered = tuple(
        msgspec.structs.replace(POOL, id=f"m{number}", kind="memory", label="memory of native iceberg", score=0.01)
        for number in range(30)
    )
    frame = scene((*remembered, HELD_BID))
    assert "1 live  30 weak" in table(frame)[0]
    assert [mark.id for mark in drawn_zones(frame.view, None)] == [HELD_BID.id]
    alone = replace(frame, zones=ZoneChoice(kind="memory"))
    assert "30 live" in table(alone)[0]
    assert len(drawn_zones(alone.view, "memory")) > 10
    assert "none that means something" in table(scene(remembered))[1]


def test_without_zones_the_table_says_so() -> None:
    assert table(scene(()))[1] == " no zone yet"


def test_a_band_of_prices_is_short_and_never_ambiguous() -> None:
    assert price_band(ES, 19_240, 19_240) == "4810.00"
    assert price_band(ES, 19_232, 19_237) == "4808.00–09.25"
    assert price_band(ES, 19_199, 19_201) == "4799.75–800.25"
    assert price_band(ES, 39_999, 40_001) == "9999.75–10000.25"
    assert price_band(GC, 20_314, 20_319) == "2031.4–31.9"
    assert price_band(None, 7, 12) == "7–12"


# --- an opened zone


@pytest.mark.parametrize(("width", "height"), [(73, 20), (80, 19), (100, 25)])
def test_an_opened_zone_at_each_layout(width: int, height: int) -> None:
    assert_golden(f"opened-zone-{width}x{height}", opened(scene(opened="a1"), width, height))


def test_an_opened_zone_scrolls_to_its_oldest_kept_record() -> None:
    frame = scene(opened="a1")
    assert "#40,000 " not in opened(frame)
    assert "#40,000 " in opened(replace(frame, zones=replace(frame.zones, scrolled=10_000)))


def test_all_evidence_is_told_with_its_time() -> None:
    text = opened(scene(opened="a1"))
    for evidence in HELD_BID.evidence:
        assert re.search(rf"{evidence.name} +{evidence.value} +18:09:\d\d", text)


def test_evidence_of_many_words_is_whole_where_the_terminal_has_room_for_it() -> None:
    delta = Evidence("delta", "-312 to the extreme, +118 after", START)
    swept = msgspec.structs.replace(HELD_BID, evidence=(*HELD_BID.evidence, delta))
    assert f"{delta.value} 18:10:" in opened(scene((swept,), opened="a1"), width=80)


def test_an_order_that_the_schema_does_not_know_is_unknown() -> None:
    assert "order --" in opened(scene(opened="a1"))


def test_a_zone_without_records_says_what_it_rests_on() -> None:
    frame = scene(opened="p1")
    bare = replace(frame, view=replace(frame.view, opened=OpenedZone(POOL, (), 0)))
    assert "rests on whole bars" in opened(bare)


def test_an_ended_zone_tells_its_reason_first() -> None:
    assert re.search(r"ended: broken +two trades beyond 4811.50", opened(scene(opened="a0")))


def test_a_zone_that_is_not_kept_any_more_is_said_to_be_gone() -> None:
    assert "not kept any more" in opened(scene(opened="a77"))


# --- bands


def test_bands_on_the_ladder() -> None:
    assert_golden("zones-ladder-54x27", text_picture(paint_ladder(scene(rows=25), 54, 27)))


def test_bands_on_the_chart() -> None:
    frame = scene(bars=bars_that_fit(73))
    frame = replace(frame, view=replace(frame.view, profile=None))
    assert_golden("zones-chart-73x22", text_picture(paint_chart(frame, 73, 22)))


def ladder_row(frame: Frame, tick: int, width: int = 62) -> tuple[tuple[str, str], ...]:
    rows = paint_ladder(frame, width, len(frame.view.ladder) + 2)
    price = ES.price_text(tick)
    return next(row for row in rows if any(price in text for text, _ in row))


def test_a_held_bid_stands_left_of_the_price_on_the_ground_of_bids_and_a_held_ask_right_of_it() -> None:
    frame = scene()
    for mark, is_left in ((HELD_BID, True), (HELD_ASK, False)):
        for tick in range(mark.low, mark.high + 1):
            row = ladder_row(frame, tick)
            band = f"{mark.side}_over on {mark.side}_bar"
            (place,) = [place for place, (text, ink) in enumerate(row) if ink == band and "A" in text]
            price = next(place for place, (text, _) in enumerate(row) if ES.price_text(tick) in text)
            assert (place < price) == is_left


def test_of_several_zones_at_a_price_the_strongest_is_shown_and_the_others_counted() -> None:
    assert "A+1" in text_of(ladder_row(scene(), CENTRE + 10))


def test_an_iceberg_is_drawn_by_its_own_sign_and_not_as_a_band_too() -> None:
    frame = scene((ICEBERG,))
    row = ladder_row(frame, ICEBERG.low)
    assert "◆142" in text_of(row)
    assert not any("bid_over on bid_bar" in ink and "I" in text for text, ink in row)
    without_mark = replace(frame, view=replace(frame.view, icebergs=()))
    assert "I" in text_of(ladder_row(without_mark, ICEBERG.low))


@pytest.mark.parametrize(("width", "cell"), [(86, "A◆142×29"), (62, "A◆142"), (54, "A◆142")])
def test_an_iceberg_within_a_zone_stands_on_its_band_behind_the_zone_s_letter(width: int, cell: str) -> None:
    around = msgspec.structs.replace(HELD_BID, low=ICEBERG.low - 1, high=ICEBERG.low + 1)
    row = ladder_row(scene((around, ICEBERG)), ICEBERG.low, width)
    assert cell in text_of(row)
    assert any(cell in text and ink == "bid_over on bid_bar bold" for text, ink in row)


def test_tiers_of_icebergs_have_signs_of_their_own_and_are_never_added_up() -> None:
    native = market().icebergs[1]
    synthetic = msgspec.structs.replace(native, id="s1", order_id=None, tier="synthetic", filled=900)
    inferred = msgspec.structs.replace(native, id="i1", order_id=None, tier="inferred", filled=7)
    frame = scene(())
    for marks, cell in (
        ((native, synthetic, inferred), "◆142×29"),
        ((synthetic, inferred), "◈900×29"),
        ((inferred,), "≈7×29"),
    ):
        row = ladder_row(replace(frame, view=replace(frame.view, icebergs=marks)), native.tick, width=86)
        assert cell in text_of(row)


def test_of_a_tall_zone_only_the_edges_are_drawn() -> None:
    tall = msgspec.structs.replace(GAP, low=CENTRE - 9, high=CENTRE + 8, side="bid")
    frame = scene((tall,), rows=30, bars=30)
    lettered = [tick for tick in range(CENTRE - 14, CENTRE + 14) if "G" in text_of(ladder_row(frame, tick))]
    assert lettered == [tall.low, tall.high]
    assert sum(text_of(row).count("G") for row in paint_chart(frame, 73, 22)) == 2


def test_candles_lie_over_the_bands() -> None:
    frame = scene(bars=30)
    bare = replace(frame, view=replace(frame.view, zones=()))
    for row, without in zip(paint_chart(frame, 73, 22), paint_chart(bare, 73, 22), strict=True):
        for drawn, before in zip(text_of(row), text_of(without), strict=True):
            assert drawn == before or before == " " or drawn in "AIWPGM"


def test_a_band_runs_from_where_its_zone_began() -> None:
    frame = scene((GAP,), bars=30)
    frame = replace(frame, view=replace(frame.view, profile=None, icebergs=(), stops=()))
    hatched = [text_of(row) for row in paint_chart(frame, 73, 22) if text_of(row).count(TEXTURES["bid"]) > 3]
    began = {line.index(TEXTURES["bid"]) for line in hatched}
    last_bar = len(hatched[0]) - 11
    assert began == {last_bar - 2 * 12}  # twelve bars of a minute ago, two cells each
    assert all("G" in line for line in hatched)


def test_strokes_of_a_band_stay_where_they_are_when_bars_move_on() -> None:
    frame = scene((GAP,), bars=30)
    frame = replace(frame, view=replace(frame.view, profile=None, icebergs=(), stops=()))
    later = replace(frame, view=replace(frame.view, bars=frame.view.bars[1:]))
    places = []
    for shown in (frame, later):
        row = next(text_of(row) for row in paint_chart(shown, 73, 22) if text_of(row).count(TEXTURES["bid"]) > 3)
        places.append({place for place, sign in enumerate(row) if sign == TEXTURES["bid"]})
    assert len(places[0] ^ places[1]) <= 2  # where it begins


def test_a_footprint_bears_the_letters_of_zones_at_its_edge() -> None:
    frame = scene((HELD_BID, HELD_ASK), bars=5)
    rows = paint_footprint_chart(frame, "footprint", 73, 30)
    for tick, letter in ((HELD_BID.low, "A"), (HELD_BID.high, "A"), (HELD_BID.low - 1, " "), (HELD_ASK.high, "A")):
        row = rows[1 + frame.view.last + (30 - 4) // 2 - tick] if frame.view.last is not None else ()
        assert text_of(row)[-1] == letter


def test_a_footprint_bears_the_signs_of_living_icebergs_at_its_edge_and_stops_beyond_its_bars() -> None:
    frame = scene((HELD_BID,), bars=5)
    live, ended = frame.view.icebergs[1], frame.view.icebergs[0]
    bar = frame.view.bars[-2]
    fired = tuple(StopMark(bar.start + number, "buy", 3, 9, bar.high, bar.high) for number in (1, 2))
    within = msgspec.structs.replace(live, tick=HELD_BID.low)
    frame = replace(frame, view=replace(frame.view, icebergs=(within, ended), stops=fired))
    rows = paint_footprint_chart(frame, "footprint", 73, 30)
    top = (frame.view.last or 0) + (30 - 4) // 2
    edge = {top - tick: sign for tick, sign in ((HELD_BID.low, "◆"), (HELD_BID.high, "A"))}
    assert {y: text_of(rows[1 + y])[-1] for y in edge} == edge
    assert "▲6" in text_of(rows[1 + top - bar.high - 1])


def test_many_zones_are_drawn_up_to_a_number_and_the_table_tells_it() -> None:
    many = tuple(
        msgspec.structs.replace(POOL, id=f"p{number}", low=CENTRE + 2 * number, high=CENTRE + 2 * number, score=0.1)
        for number in range(1, 40)
    )
    strong = msgspec.structs.replace(HELD_ASK, low=CENTRE + 300, high=CENTRE + 300, score=0.9)
    frame = scene((*many, strong))
    drawn = drawn_zones(frame.view, None)
    assert {mark.id for mark in drawn} >= {"p1", "p2", "p3", strong.id}
    assert len(drawn) < 40
    assert f"40 live  +31 more  {len(drawn)} drawn" in table(frame)[0]


def test_ended_icebergs_are_few_on_the_chart_and_every_live_one_is_there() -> None:
    frame = scene((), bars=30)
    (ended, live, _) = frame.view.icebergs
    crowd = tuple(
        msgspec.structs.replace(ended, id=f"e{number}", tick=CENTRE + number % 9, filled=number, first_ts=bar.start)
        for number, bar in enumerate(frame.view.bars)
    )
    text = text_picture(paint_chart(replace(frame, view=replace(frame.view, icebergs=(*crowd, live))), 73, 22))
    assert 0 < text.count("◇") <= 6
    assert text.count("◆") == 1


some_time = st.integers(START - 90_000 * SECOND, START + 90_000 * SECOND)
any_evidence = st.builds(Evidence, st.text(max_size=30), st.text(max_size=30), st.none() | some_time)
any_record = st.builds(
    ZoneRecord,
    st.integers(0, 10**10),
    some_time,
    st.text(max_size=20),
    st.integers(-50, 400_000),
    st.integers(0, 10**9),
    st.none() | st.integers(0, 10**18),
)


@st.composite
def any_zone(draw: st.DrawFn) -> ZoneMark:
    low = draw(st.integers(CENTRE - 40, CENTRE + 40) | st.integers(-50, 400_000))
    return ZoneMark(
        id=draw(st.text(min_size=1, max_size=4)),
        kind=draw(st.sampled_from(list(LETTERS))),
        label=draw(st.text(max_size=40)),
        side=draw(st.sampled_from(["bid", "ask"])),
        low=low,
        high=low + draw(st.integers(0, 30)),
        first_ts=draw(some_time),
        last_ts=draw(some_time),
        state=draw(st.text(max_size=20)),
        live=draw(st.booleans()),
        score=draw(st.none() | st.floats(0, 1)),
        evidence=tuple(draw(st.lists(any_evidence, max_size=4))),
        reason=draw(st.text(max_size=60)),
    )


@settings(max_examples=60, deadline=None)
@given(
    zones=st.lists(any_zone(), max_size=30, unique_by=lambda mark: mark.id).map(tuple),
    records=st.lists(any_record, max_size=12).map(tuple),
    width=st.integers(0, 200),
    height=st.integers(0, 60),
    scrolled=st.integers(0, 100),
)
def test_any_zones_fit_any_pane(
    zones: tuple[ZoneMark, ...], records: tuple[ZoneRecord, ...], width: int, height: int, scrolled: int
) -> None:
    frame = scene(zones, rows=ladder_height(height), bars=bars_that_fit(width))
    if zones:
        chosen = ZoneChoice(selected=zones[-1].id, opened=zones[0].id, scrolled=scrolled)
        view = replace(frame.view, opened=OpenedZone(zones[0], records, 10**6))
        frame = replace(frame, view=view, zones=chosen)
    for painter in (paint_zone_table, paint_opened_zone, paint_chart, paint_ladder):
        assert_sound(painter(frame, width, height), width, height)


# --- keys


@pytest.mark.parametrize(
    ("size", "at_first", "after_z", "pane"),
    [
        ((80, 24), False, True, "zones-over"),
        ((100, 30), False, True, "zones"),
        ((160, 24), False, True, "zones"),
        ((160, 50), True, False, "zones"),
    ],
)
async def test_the_table_has_a_place_at_each_size_or_a_key_that_gives_it_one(
    size: tuple[int, int], at_first: bool, after_z: bool, pane: str
) -> None:
    async with seat(size=size, desk=ZonedDesk()) as trader:
        assert trader.is_shown(pane) == at_first
        await trader.press("z")
        await trader.frame()
        assert trader.is_shown(pane) == after_z
        if after_z:
            assert "zones: all" in trader.text(pane)
        assert trader.is_shown("ladder")
        await trader.press("z")
        await trader.frame()
        assert trader.is_shown(pane) == at_first
        assert trader.is_shown("tape")


async def test_zones_are_stepped_through_while_the_market_moves_around_them() -> None:
    async with seat(desk=ZonedDesk()) as trader:

        def selected() -> str:
            return next(line for line in trader.text("zones").splitlines() if line.startswith("▸"))

        await trader.press("j")
        assert "equal lows" in selected()
        await trader.press("j", "j")
        assert "4808.50–09.00" in selected()
        trader.desk.script.second = 30
        await trader.frame()
        assert "4808.50–09.00" in selected()
        await trader.press("k")
        assert "4808.50–09.00" not in selected()


async def test_choosing_a_zone_shows_the_table_where_it_was_hidden() -> None:
    async with seat(size=(100, 30), desk=ZonedDesk()) as trader:
        await trader.press("j")
        await trader.frame()
        assert "▸W" in trader.text("zones")


@pytest.mark.parametrize(
    ("size", "pane"), [((80, 24), "opened-over"), ((100, 30), "opened-over"), ((160, 50), "opened")]
)
async def test_a_zone_opens_to_the_records_behind_it_and_the_market_runs_on(size: tuple[int, int], pane: str) -> None:
    async with seat(size=size, desk=ZonedDesk()) as trader:
        await trader.press("j", "j", "j", "o")
        await trader.frame()
        assert trader.desk.requests[-1].opened == "a1"
        assert trader.is_shown(pane)
        assert "refill ratio" in trader.text(pane)
        assert "30 of 1,203" in trader.text(pane)
        before = trader.text(pane)
        trader.desk.script.second += 10
        await trader.frame()
        assert trader.text(pane) != before
        await trader.press("escape")
        await trader.frame()
        assert not trader.is_shown(pane)
        assert trader.desk.requests[-1].opened is None


async def test_an_opened_zone_scrolls_by_pages_and_the_ladder_does_not() -> None:
    async with seat(size=(80, 24), desk=ZonedDesk()) as trader:
        await trader.press("j", "j", "j", "o")
        top = trader.desk.requests[-1].ladder_top
        for _ in range(9):
            await trader.press("pagedown")
        assert "#40,000 " in trader.text("opened-over")
        await trader.press("pageup")
        assert "#40,000 " not in trader.text("opened-over")
        assert trader.desk.requests[-1].ladder_top == top
        await trader.press("o", "pagedown")
        assert trader.desk.requests[-1].ladder_top != top


async def test_the_wheel_over_an_opened_zone_scrolls_it() -> None:
    async with seat(size=(80, 24), desk=ZonedDesk()) as trader:
        await trader.press("j", "j", "j", "o")
        assert "refill ratio" in trader.text("opened-over")
        for _ in range(5):
            await trader.pilot._post_mouse_events([MouseScrollDown], "#opened-over", (5, 9))
        await trader.frame()
        assert "refill ratio" not in trader.text("opened-over")


async def test_the_opened_zone_gives_its_place_to_the_next_one() -> None:
    async with seat(desk=ZonedDesk()) as trader:
        await trader.press("o", "j")
        assert trader.desk.requests[-1].opened == ICEBERG.id
        assert "native iceberg" in trader.text("opened")
        await trader.press("k")
        assert trader.desk.requests[-1].opened == SWEEP.id


async def test_kinds_go_round_and_bands_with_them() -> None:
    async with seat(desk=ZonedDesk()) as trader:
        for words in ("icebergs", "absorption", "sweeps", "pools", "gaps", "memory", "all"):
            await trader.press("Z")
            assert f"zones: {words}" in trader.text("zones")
            assert f"zones: {words}" in trader.text("notice")


@pytest.mark.parametrize("key", ["j", "k", "o"])
async def test_without_zones_their_keys_say_why_nothing_happens(key: str) -> None:
    async with seat(desk=ZonedDesk(())) as trader:
        await trader.press(key)
        assert "there is no zone" in trader.text("notice")


async def test_zones_are_asked_for_with_every_view_since_the_ladder_bears_their_bands() -> None:
    async with seat(size=(80, 24), desk=ZonedDesk()) as trader:
        assert trader.desk.requests[-1].zones
        assert trader.desk.requests[-1].opened is None


async def test_without_colour_letters_and_columns_tell_the_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with seat(desk=ZonedDesk()) as trader:
        await trader.press("j", "o", "o")
        assert trader.app.no_color
        lines = trader.text("ladder").splitlines()
        held = next(line for line in lines if "4808.75" in line)
        assert "A" in held[: held.index("4808.75")]
        for strip in trader.app.screen._compositor.render_strips():
            for segment in strip:
                assert segment.style is not None
                assert segment.style.color != segment.style.bgcolor
