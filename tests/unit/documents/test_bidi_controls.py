"""Directional formatting ends with the text that began it."""

import time

import pytest

from activities.documents.bidi_controls import close_bidi_controls


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("Water", "Water"),
        ("الماء", "الماء"),
        ("a\nb\u200b", "a\nb\u200b"),
        ("gpj\u202eexe", "gpj\u202eexe\u202c"),
        ("a\u202db\u202c", "a\u202db\u202c"),
        ("a\u2066b\u202ec", "a\u2066b\u202ec\u202c\u2069"),
        ("a\u2067b\u202ec\u2069d", "a\u2067b\u202ec\u2069d"),
        ("a\u2068b\u202cc", "a\u2068b\u202cc\u2069"),
        ("\u2069\u202c", "\u2069\u202c"),
        ("\u202a\u202b", "\u202a\u202b\u202c\u202c"),
    ],
)
def test_what_is_left_open_is_closed(text: str, closed: str) -> None:
    assert close_bidi_controls(text) == closed


def test_no_text_stalls_who_closes_its_directions() -> None:
    embeddings = "\u202a" * 30_000
    start = time.process_time()
    closed = close_bidi_controls(embeddings + "\u2069" * 30_000)
    # Some hundredths of a second; what grows with the square takes half a minute.
    assert time.process_time() - start < 5
    assert closed.endswith("\u2069" + "\u202c" * 30_000)
