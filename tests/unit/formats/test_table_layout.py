"""Wide tables get smaller text, then fewer columns side by side; their words stay whole."""

from collections.abc import Sequence

import pytest

from activities.formats.shared.table_layout import TableLayout, lay_out_table

WIDTH, PADDING, EM, LEAST = 480.0, 8.0, 10.0, 0.75


def laid_out(
    needed: Sequence[float],
    wanted: Sequence[float] | None = None,
    least: float = LEAST,
    *,
    first_labels: bool = True,
) -> TableLayout:
    return lay_out_table(
        wanted or needed, lambda: needed, WIDTH, PADDING, EM, least, first_labels=first_labels
    )


def test_a_table_is_as_wide_as_its_text() -> None:
    layout = laid_out([30, 60])
    assert layout.scale == 1
    [group] = layout.groups
    assert group == ((0, 1), (38, 68))


def test_long_text_shares_the_width_and_no_word_is_cut() -> None:
    layout = laid_out([60, 40, 50], [2000, 50, 60])
    assert layout.scale == 1
    [group] = layout.groups
    assert sum(group.widths) == pytest.approx(WIDTH)
    assert all(
        width >= need + PADDING for width, need in zip(group.widths, (60, 40, 50), strict=True)
    )


@pytest.mark.parametrize("columns", [6, 12, 20, 40, 400])
@pytest.mark.parametrize("word", [8.0, 45.0, 90.0])
@pytest.mark.parametrize("first_labels", [True, False])
def test_words_fit_their_columns_in_text_that_can_be_read(
    columns: int, word: float, *, first_labels: bool
) -> None:
    layout = laid_out([word] * columns, first_labels=first_labels)
    assert LEAST <= layout.scale <= 1
    shown = [column for group in layout.groups for column in group.columns]
    if first_labels:
        assert all(group.columns[0] == 0 for group in layout.groups)
        shown = [0, *[column for column in shown if column]]
    assert shown == list(range(columns))
    for group in layout.groups:
        assert sum(group.widths) <= WIDTH + 1e-6
        assert min(group.widths) >= layout.scale * (word + PADDING) - 1e-6
    sizes = [len(group.columns) for group in layout.groups]
    # As few tables as possible, of about as many columns each.
    assert max(sizes) - min(sizes[:-1] or sizes) <= 1


def test_text_shrinks_before_columns_are_divided() -> None:
    assert len(laid_out([60] * 8).groups) == 1
    assert laid_out([60] * 8).scale < 1
    assert len(laid_out([60] * 12).groups) == 2


def test_one_endless_word_neither_shrinks_nor_divides_a_table() -> None:
    layout = laid_out([5000, 40, 40])
    assert layout.scale > LEAST
    [group] = layout.groups
    assert sum(group.widths) <= WIDTH + 1e-6


@pytest.mark.parametrize("first_labels", [True, False])
def test_a_table_of_two_columns_stays_whole(first_labels: bool) -> None:
    layout = laid_out([900, 900], first_labels=first_labels)
    assert [group.columns for group in layout.groups] == [(0, 1)]


def test_a_framed_table_stays_as_it_is() -> None:
    layout = laid_out([90] * 12, least=1.0)
    assert layout.scale == 1
    assert len(layout.groups) == 1


def test_text_that_breaks_between_all_characters_is_not_set_in_columns_of_one() -> None:
    layout = laid_out([10] * 20, [150] * 20)
    assert len(layout.groups) > 1
    narrowest = min(min(group.widths) for group in layout.groups)
    assert narrowest >= layout.scale * (4 * EM + PADDING) - 1e-6
