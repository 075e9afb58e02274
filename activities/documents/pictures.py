"""Pictures that content refers to, whatever it refers to them by."""

from typing import Final

from msgspec.structs import replace

from activities.documents.budget import Budget
from activities.documents.control_characters import remove_control_characters
from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.images import ImageError, is_data_url, read_data_url, read_image
from activities.documents.link_addresses import safe_address
from activities.documents.model import Image, MissingPicture, Run, Runs
from activities.model.media import Media

_SIDE_MAX: Final = 10_000
"""Pixels of CSS that a side may be asked to have."""
_ADDRESS_SHOWN_MAX: Final = 300
"""Characters. More than that nobody types; a link has them all."""
_UNKNOWN: Final = "?"
"""Stands for a picture of which nothing is known."""

PICTURE_WARNINGS: Final = frozenset({"image-not-embedded", "image-too-large", "image-unreadable"})
"""The codes of warnings that a picture is lacking."""


class PictureReader:
    """Reads the pictures of one item."""

    def __init__(self, warnings: ConversionWarnings, budget: Budget, media: Media | None) -> None:
        """Make a reader.

        Args:
            warnings: where pictures are noted that cannot be shown.
            budget: what their pixels are taken from.
            media: where those come from that content refers to. None for a format that shows no
                pictures: what refers to one is all it has, and no loss.
        """
        self._warnings = warnings
        self._budget = budget
        self._media = media

    def read(
        self,
        address: str,
        description: str,
        *,
        caption: Runs = (),
        width: float | None = None,
        height: float | None = None,
        link: str | None = None,
    ) -> Image | MissingPicture:
        """The picture, or what stands for it and a warning.

        Args:
            address: a data: URL, or whatever content refers to it by.
            description: of what is to be seen, without marks.
            caption: a title to show below it.
            width: of the box in which the author wants it, in pixels of CSS; it keeps its
                proportions, whatever these are.
            height: of that box.
            link: as `Image.link`.
        """
        if not is_data_url(address):
            address = _without_controls(address)
        try:
            image = self._image(address, description)
        except ImageError as error:
            self._warnings.add(error.code)
            shown = "" if is_data_url(address) else address
            return MissingPicture(description, shown, error.code, link)
        if image is None:
            return MissingPicture(description, address, "", link)
        asked = _display_width(image, width, height) or image.display_width
        return replace(image, caption=caption, display_width=asked, link=link)

    def _image(self, address: str, description: str) -> Image | None:
        """The picture; None where there is no need of it."""
        if is_data_url(address):
            image = read_data_url(address, description)
        elif self._media is None:
            return None
        else:
            image = _read(self._media.picture(address), description)
        if not self._budget.take_pixels(image.width * image.height):
            raise ImageError("image-too-large")
        return image


def _without_controls(address: str) -> str:
    """The address as a browser takes it (WHATWG URL, 4.4), without what may steer a terminal."""
    kept = remove_control_characters(address)[0]
    return kept.replace("\t", "").replace("\n", "").strip()


def _read(data: bytes | None, description: str) -> Image:
    if data is None:
        raise ImageError("image-not-embedded")
    return read_image(data, description)


def _display_width(image: Image, width: float | None, height: float | None) -> float | None:
    """The width in which a picture fits the box; what is no size is left out."""
    widths = [
        size * factor
        for size, factor in ((width, 1.0), (height, image.width / image.height))
        if size is not None and 1 <= size <= _SIDE_MAX
    ]
    return min(widths, default=None)


def run_of(picture: Image | MissingPicture) -> Run:
    """A picture as a run, for a place that holds nothing else."""
    if isinstance(picture, Image):
        return Run(picture.alt, picture=picture, link=picture.link, anchors=picture.anchors)
    return Run(
        picture.description,
        missing=picture.address,
        link=picture.link,
        anchors=picture.anchors,
    )


def with_missing_shown(runs: Runs) -> Runs:
    """The runs with brackets in the place of each picture that is missing.

    They hold its description and its address, as a link if it is one for everybody.
    """
    for run in runs:
        if run.missing is not None:
            return tuple(shown for run in runs for shown in _shown(run))
    return runs


def _shown(run: Run) -> Runs:
    if run.missing is None:
        return (run,)
    plain = replace(run, missing=None)
    description, address = run.text.strip(), run.missing
    if not address:
        return (replace(plain, text=f"[{description or _UNKNOWN}]"),)
    lead = f"[{description}: " if description else "["
    return (
        replace(plain, text=lead),
        replace(plain, text=_shortened(address), link=safe_address(address) or run.link),
        replace(plain, text="]"),
    )


def _shortened(address: str) -> str:
    if len(address) <= _ADDRESS_SHOWN_MAX:
        return address
    return address[:_ADDRESS_SHOWN_MAX] + "…"


def missing_runs(missing: MissingPicture) -> Runs:
    """The text within the frame of a missing picture: its description and its address."""
    run = Run(missing.description, missing=missing.address, anchors=missing.anchors)
    [*shown] = _shown(run)
    shown[0] = replace(shown[0], text=shown[0].text.removeprefix("["))
    shown[-1] = replace(shown[-1], text=shown[-1].text.removesuffix("]"))
    return tuple(run for run in shown if run.text)


def described(runs: Runs) -> Runs:
    """The runs with descriptions in the place of pictures, for lists of headings."""
    if not any(run.picture or run.missing is not None for run in runs):
        return runs
    return tuple(
        replace(run, picture=None, missing=None) for run in runs if run.text or not run.picture
    )
