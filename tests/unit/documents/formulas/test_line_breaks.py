"""Where formulas are broken that are wider than a line."""

from activities.documents.formulas.line_breaks import Piece, broken


def test_a_relation_is_better_than_a_sign() -> None:
    pieces = [Piece(4, None), Piece(2, 0), Piece(2, 1), Piece(4, None)]
    assert broken(pieces, 10, 0) == [(0, 1), (1, 4)]


def test_brackets_are_broken_only_where_a_line_would_be_nearly_empty() -> None:
    within = [Piece(2, 1), Piece(2, 3), Piece(4, None)]
    assert broken([Piece(4, None), *within], 10, 0) == [(0, 1), (1, 4)]
    assert broken([Piece(3, None), *within], 10, 0) == [(0, 2), (2, 4)]


def test_lines_after_the_first_are_indented() -> None:
    pieces = [Piece(3, None), Piece(3, 1), Piece(3, 1), Piece(3, 1)]
    assert broken(pieces, 6, 3) == [(0, 2), (2, 3), (3, 4)]


def test_what_has_no_sign_stays_whole() -> None:
    assert broken([Piece(30, None), Piece(5, None)], 10, 0) == [(0, 2)]
