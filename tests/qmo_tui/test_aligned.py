"""Tables on terminals that are narrower than they."""

from qmo_tui.aligned import aligned

TABLE = [
    ["trade", "opened", "lots", "outcome"],
    ["1/t1", "2026-10-05 08:00:41", "2", "won"],
    ["1/t12", "2026-10-05 09:30:00", "10", "lost"],
]


def test_a_table_with_room_stands_in_one_piece() -> None:
    whole = (
        "trade  opened               lots  outcome\n"
        "1/t1   2026-10-05 08:00:41     2  won\n"
        "1/t12  2026-10-05 09:30:00    10  lost\n"
    )
    assert aligned(TABLE, right={2}) == whole
    assert aligned(TABLE, right={2}, width=41) == whole


def test_a_table_without_room_goes_on_below_and_names_its_rows_again() -> None:
    assert aligned(TABLE, right={2}, width=40) == (
        "trade  opened               lots\n"
        "1/t1   2026-10-05 08:00:41     2\n"
        "1/t12  2026-10-05 09:30:00    10\n"
        "\n"
        "trade  outcome\n"
        "1/t1   won\n"
        "1/t12  lost\n"
    )


def test_rows_are_named_by_as_many_columns_as_it_takes() -> None:
    assert aligned(TABLE, names=2, width=32).split("\n\n")[1] == (
        "trade  opened               outcome\n1/t1   2026-10-05 08:00:41  won\n1/t12  2026-10-05 09:30:00  lost\n"
    )


def test_no_width_is_too_small_to_show_every_cell() -> None:
    told = aligned(TABLE, width=1)
    assert all(told.count(cell) == 1 for row in TABLE for cell in row[1:] if cell not in {"2", "10"})


def test_a_part_that_says_nothing_is_left_out() -> None:
    table = [["state", "times", "why"], ["stale", "0", ""], ["context", "1", ""]]
    assert aligned(table, width=14) == "state    times\nstale    0\ncontext  1\n"
