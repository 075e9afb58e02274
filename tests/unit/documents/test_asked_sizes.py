"""Sizes that authors ask for, as platforms write them beside a picture's texts."""

import pytest

from activities.documents.build import build
from activities.documents.model import Image
from activities.formats.testing import EVERYTHING, Recorder
from activities.formats.testing.items import data_url, item, png

PICTURE = data_url(png(40, 20))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f'![A leaf]({PICTURE} " =300x150")', ("A leaf", "", 300)),
        (f'![A leaf]({PICTURE} "right-50 =300x")', ("A leaf", "", 300)),
        (f'![A leaf]({PICTURE} "full-width")', ("A leaf", "", None)),
        (f"![A leaf|120]({PICTURE})", ("A leaf", "", 120)),
        (f"![A leaf|120x60]({PICTURE})", ("A leaf", "", 120)),
        (f"![|120]({PICTURE})", ("", "", 120)),
        (f'![A leaf]({PICTURE} "Seen =3x2 times")', ("A leaf", "Seen =3x2 times", None)),
        (f"![Yes|no]({PICTURE})", ("Yes|no", "", None)),
    ],
)
def test_a_size_is_neither_caption_nor_description(
    source: str, expected: tuple[str, str, float | None]
) -> None:
    [part] = build(item(study_guide=source), EVERYTHING, Recorder()).parts
    [picture] = part.blocks
    assert isinstance(picture, Image)
    caption = "".join(run.text for run in picture.caption)
    assert (picture.alt, caption, picture.display_width) == expected
