"""Colours that a picture means by its profile (ICC.1) become those of sRGB, which all formats show.

Word heeds a profile, most readers of PDF do not, and browsers take a picture without one for sRGB.
"""

from functools import lru_cache
from io import BytesIO
from typing import Final

import PIL.Image
from PIL import ImageCms
from PIL.ImageCms import ImageCmsProfile, ImageCmsTransform, PyCMSError

_PROFILE_BYTES_MAX: Final = 4 * 1024 * 1024
"""Of CMYK printers' profiles the usual largest have two million."""
_SPACES: Final = {"RGB": "RGB", "RGBA": "RGB", "L": "GRAY", "LA": "GRAY", "CMYK": "CMYK"}
"""The colours of a profile for a picture of a mode."""
_SAME: Final = 2
"""Steps of 255 by which a profile may differ from sRGB that is meant to be it: they come in many
roundings."""
_UNREADABLE = (PyCMSError, OSError, ValueError, TypeError)


def means_srgb(picture: PIL.Image.Image) -> bool:
    """Whether the colours of a picture can be shown as they are."""
    return _transform_of(picture, _opaque_mode(picture)) is None


def in_srgb(picture: PIL.Image.Image, source: PIL.Image.Image) -> PIL.Image.Image:
    """A picture in the colours of sRGB.

    Args:
        picture: in one of the modes that PNG or JPEG have, CMYK or LAB.
        source: has its profile.
    """
    if picture.mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        return ImageCms.buildTransform(lab, _srgb(), "LAB", "RGB").apply(picture)
    mode = _opaque_mode(picture)
    transform = _transform_of(source, mode)
    if transform is None:
        return picture.convert("RGB") if mode == "CMYK" else picture
    alpha = None
    if picture.has_transparency_data:
        alpha = picture.convert("RGBA").getchannel("A")
    shown = transform.apply(picture.convert(mode))
    shown = shown.convert("L") if mode == "L" else shown
    if alpha is not None:
        shown.putalpha(alpha)
    return shown


def _opaque_mode(picture: PIL.Image.Image) -> str:
    mode = picture.mode
    if mode in {"1", "L", "LA", "F"} or mode.startswith("I"):
        return "L"
    return "CMYK" if mode == "CMYK" else "RGB"


def _transform_of(picture: PIL.Image.Image, mode: str) -> ImageCmsTransform | None:
    profile: object = picture.info.get("icc_profile")
    if not isinstance(profile, bytes) or not 0 < len(profile) <= _PROFILE_BYTES_MAX:
        return None
    return _transform(profile, mode)


@lru_cache(maxsize=4)
def _transform(profile: bytes, mode: str) -> ImageCmsTransform | None:
    """What makes sRGB of the colours of a mode; None if they are, or if the profile is none."""
    try:
        read = ImageCmsProfile(BytesIO(profile))
        if read.profile.xcolor_space.strip() != _SPACES[mode]:
            return None
        transform = ImageCms.buildTransform(read, _srgb(), mode, "RGB")
        if mode != "CMYK" and _changes_nothing(transform, mode):
            return None
    except _UNREADABLE:
        return None
    return transform


def _changes_nothing(transform: ImageCmsTransform, mode: str) -> bool:
    steps = range(0, 256, 51)
    samples = PIL.Image.new(mode, (len(steps), len(steps) ** 2))
    if mode == "L":
        samples.putdata([step for step in steps for _ in range(len(steps) ** 2)])
    else:
        samples.putdata([(red, green, blue) for red in steps for green in steps for blue in steps])
    before, after = samples.convert("RGB").tobytes(), transform.apply(samples).tobytes()
    return all(abs(was - now) <= _SAME for was, now in zip(before, after, strict=True))


@lru_cache(maxsize=1)
def _srgb() -> ImageCmsProfile:
    return ImageCmsProfile(ImageCms.createProfile("sRGB"))
