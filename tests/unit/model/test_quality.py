"""The words for the least quality, which have to be true of the numbers behind them."""

import pytest

from activities.model.quality import MinQuality, number_text


@pytest.mark.parametrize(
    ("value", "least", "told"),
    [
        (0.41, 0.7, "readability 0.41 < 0.7"),
        (0.63666666666666667, 0.7, "readability 0.636667 < 0.7"),
        (0.69999999, 0.7, "readability 0.69999999 < 0.7"),
        (0.7, 0.7000001, "readability 0.7 < 0.7000001"),
        (1_234_567.0, 1_234_568.0, "readability 1234567 < 1234568"),
        (-0.5, 0, "readability -0.5 < 0"),
        (None, -1, "readability – < -1"),
    ],
)
def test_what_an_item_lacks_is_told_in_numbers_that_lack_it(
    value: float | None, least: float, told: str
) -> None:
    gate = MinQuality("readability", least, "flag")
    metrics = None if value is None else {"readability": value}
    assert not gate.is_reached(metrics)
    assert gate.shortfall(metrics) == told


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.7, "0.7"), (2, "2"), (-0.0, "0"), (0.70000001, "0.70000001"), (1e300, "1e+300")],
)
def test_a_number_is_told_as_it_was_given(value: float, text: str) -> None:
    assert number_text(value) == text
    assert float(number_text(value)) == value
    assert MinQuality("a", value, "flag").rule == f"a ≥ {text}"
