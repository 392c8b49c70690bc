"""What is left of a live iceberg, by the Kaplan-Meier estimate; the figures here were worked out by hand."""

from collections.abc import Iterable

import numpy as np
import pytest

from engines.book.book import Book
from engines.zones.icebergs import NativeIcebergs
from engines.zones.remaining import KEPT, LEAST_COMPLETE, EndedIceberg, Remaining, RemainingSize
from tests.feeds.simulator.sessions import TICK, order_flow, simulated


def _of(totals: Iterable[tuple[int, bool]], *, display: int = 1, least: int = 1) -> RemainingSize:
    """Learn totals of one display; True was traded out, False was censored."""
    return RemainingSize(least, (EndedIceberg(display, total, complete) for total, complete in totals))


def test_the_median_of_totals_that_are_all_known() -> None:
    """Survival 0.75 after 10 lots, 0.5 after 20, 0.25 after 30, 0 after 40."""
    sizes = _of([(10, True), (20, True), (30, True), (40, True)])
    assert sizes.left_of(1, 0) == Remaining(20, 10, 40, 4)


def test_what_is_left_is_conditioned_on_what_is_filled() -> None:
    """After 20 lots half of the four are left: of those, half end at 30 and all at 40."""
    sizes = _of([(10, True), (20, True), (30, True), (40, True)])
    assert sizes.left_of(1, 20) == Remaining(10, 10, 20, 4)
    assert sizes.left_of(1, 25) == Remaining(5, 5, 15, 4)
    assert sizes.left_of(1, 39) == Remaining(1, 1, 1, 4)


def test_a_censored_one_counts_as_there_until_it_was_lost() -> None:
    """Of 5 there at 10 one ends: 0.8. One is lost at 15. Of 3 there at 20 one ends: 0.533. Of 2 at 30 one: 0.267."""
    sizes = _of([(10, True), (15, False), (20, True), (30, True), (40, True)])
    assert sizes.left_of(1, 0) == Remaining(30, 10, 40, 4)


def test_one_that_was_lost_at_a_total_was_still_there_at_it() -> None:
    """Of 3 there at 10 one ends: 0.667; without the one lost there it would be 0.5, and 10 the median."""
    assert _of([(10, True), (10, False), (20, True)]).left_of(1, 0) == Remaining(20, 10, 20, 2)


def test_what_too_many_were_lost_to_tell_is_unknown() -> None:
    """Of 4 there at 10 one ends: 0.75, and nothing is known beyond."""
    sizes = _of([(10, True), (50, False), (60, False), (70, False)])
    assert sizes.left_of(1, 0) == Remaining(None, 10, None, 1)
    assert sizes.left_of(1, 80) == Remaining(None, None, None, 1)


@pytest.mark.parametrize("censored", [0, 500])
def test_nothing_is_said_until_enough_were_traded_out(censored: int) -> None:
    sizes = RemainingSize()
    for total in range(1, censored + 1):
        sizes.take(EndedIceberg(5, total, complete=False))
    for total in range(1, LEAST_COMPLETE + 1):
        assert sizes.left_of(5, 0) is None
        sizes.take(EndedIceberg(5, 5 * total, complete=True))
    told = sizes.left_of(5, 0)
    assert told is not None
    assert told.complete == 50


def test_a_display_with_too_few_is_read_with_all_others_in_peaks() -> None:
    """Displays of 10 ended after 2 and 4 peaks; of 5 lots that is 10 and 20, of which 4 are filled."""
    sizes = _of([(20, True), (40, True)], display=10, least=2)
    assert sizes.left_of(5, 4) == Remaining(6, 6, 16, 2)
    assert sizes.left_of(10, 4) == Remaining(16, 16, 36, 2)


def test_a_total_of_peaks_that_is_no_whole_number_of_lots_is_rounded_up() -> None:
    sizes = _of([(10, True), (10, True)], display=3, least=2)
    assert sizes.left_of(2, 1) == Remaining(6, 6, 6, 2)
    assert sizes.left_of(3, 1) == Remaining(9, 9, 9, 2)


def test_the_order_in_which_they_ended_means_nothing() -> None:
    totals = [(total * 7 % 40 + 1, total % 3 > 0) for total in range(200)]
    one, other = _of(totals), _of(reversed(totals))
    for filled in range(45):
        assert one.left_of(1, filled) == other.left_of(1, filled)


def test_asking_in_between_changes_nothing() -> None:
    totals = [(total * 7 % 40 + 1, total % 3 > 0) for total in range(200)]
    asked = RemainingSize(1)
    for total, complete in totals:
        asked.take(EndedIceberg(1, total, complete))
        asked.left_of(1, total)
    assert [asked.left_of(1, filled) for filled in range(45)] == [
        _of(totals).left_of(1, filled) for filled in range(45)
    ]


def test_what_it_learned_can_be_kept_for_a_later_session() -> None:
    sizes = _of([(10, True), (15, False), (20, True)])
    again = RemainingSize(1, [EndedIceberg(display, filled, complete) for display, filled, complete in sizes.ended()])
    assert again.left_of(1, 5) == sizes.left_of(1, 5)
    assert again.ended() == sizes.ended()


def test_only_the_newest_some_thousand_are_learned_from() -> None:
    sizes = _of([(5, True)] * 60 + [(20, True)] * (2 * KEPT - 60))
    assert len(sizes.ended()) == KEPT
    told = sizes.left_of(1, 1)
    assert told is not None
    assert (told.low, told.median, told.complete) == (19, 19, KEPT)


def test_the_band_holds_eight_of_ten_and_the_median_beats_the_mean() -> None:
    """Totals of 3 to 40 lots, some lost at a random time; each is asked about once, at a level it has no part in."""
    draw = np.random.default_rng(7)
    sizes, held, errors, baseline, done = RemainingSize(), [], [], [], [20]
    for total in draw.integers(3, 41, 3_000).tolist():
        lost, filled = int(draw.integers(1, 120)), int(draw.integers(0, 35))
        told = sizes.left_of(1, filled) if filled < min(total, lost) else None
        if told is not None:
            assert told.low is not None
            assert told.high is not None
            assert told.median is not None
            held.append(told.low <= total - filled <= told.high)
            errors.append(abs(told.median - (total - filled)))
            baseline.append(abs(max(1.0, float(np.mean(done)) - filled) - (total - filled)))
        sizes.take(EndedIceberg(1, min(total, lost), complete=total <= lost))
        if total <= lost:
            done.append(total)
    assert len(held) > 500
    assert 0.77 <= np.mean(held) <= 0.90
    assert np.mean(errors) < np.mean(baseline)


def test_native_icebergs_learn_from_those_that_were_traded_out() -> None:
    """What was cancelled is censored; what is live is not learned from."""
    batches, _ = simulated(3, 4.0)
    array = order_flow(batches)
    book, icebergs = Book(int(array["instrument_id"][0]), TICK), NativeIcebergs()
    for output in book.process(array):
        icebergs.take(output.hiddens)
    ended = [mark for mark in icebergs.marks() if not mark.is_live and mark.display is not None]
    learned = icebergs.sizes.ended()
    assert sorted((mark.display, mark.filled, mark.state == "executed") for mark in ended) == sorted(learned)
    assert {one.complete for one in learned} == {True, False}


def test_a_mark_tells_what_is_left_once_enough_were_traded_out() -> None:
    batches, _ = simulated(3, 4.0)
    array = order_flow(batches)
    book, icebergs = Book(int(array["instrument_id"][0]), TICK), NativeIcebergs()
    for output in book.process(array):
        icebergs.take(output.hiddens)
    live = [mark for mark in icebergs.marks() if mark.is_live and mark.display is not None]
    assert live
    assert all(mark.remaining_n is None and mark.remaining is None for mark in live)
    for total in range(3, 60):
        icebergs.sizes.take(EndedIceberg(10**6, 10**6 * total, complete=True))
    told = [mark for mark in icebergs.marks() if mark.is_live and mark.display is not None]
    assert all(mark.remaining_n is not None and mark.remaining_n >= LEAST_COMPLETE for mark in told)
