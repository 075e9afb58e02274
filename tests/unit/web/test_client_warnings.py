"""What the client's command says of a file's losses."""

import msgspec
import pytest

from export_client.model import ExportWarning

SENTENCE = "Control characters removed: 3."


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"places": []}, SENTENCE),
        # As services of before said it.
        ({"item_id": "content-1", "part": "faqs"}, f"{SENTENCE} In: content-1 > faqs"),
        (
            {
                "item_id": "content-1",
                "count": 3,
                "places": [
                    {
                        "item_id": "content-1",
                        "title": "Leaves",
                        "part": "study_guide",
                        "heading": "Light",
                    },
                    {"item_id": "content-1", "title": "", "part": "", "heading": ""},
                ],
            },
            f"{SENTENCE} In: Leaves > study guide > Light; content-1",
        ),
    ],
)
def test_a_warning_is_one_line_with_its_places(sent: dict[str, object], expected: str) -> None:
    warning = msgspec.convert({"code": "code", "detail": SENTENCE} | sent, ExportWarning)
    assert warning.message == expected
