"""Where the pictures of a text are: in files of the package, or in the text itself."""

import base64
import hashlib
from collections.abc import Callable
from typing import Final

from activities.documents.model import Image

PictureAddress = Callable[[Image], str | None]
"""Gives the address by which a text refers to a picture; None where there can be none."""


class PictureFiles:
    """The pictures of some texts as files, named by what is in them.

    Attributes:
        files: their data by name, each once, in the order in which they were met.
    """

    def __init__(self, before: str = "") -> None:
        """Put `before` in front of each name in a text, such as a folder."""
        self.files: dict[str, bytes] = {}
        self._before = before

    def __call__(self, image: Image) -> str:
        """The address of a picture, which is now among the files."""
        name = picture_name(image)
        self.files[name] = image.data
        return self._before + name


def picture_name(image: Image) -> str:
    """`<sha1>.png` or `<sha1>.jpg`: the same picture has one name everywhere, without a content's
    own letters in it.
    """
    digest = hashlib.sha1(image.data, usedforsecurity=False).hexdigest()
    return f"{digest}.{_EXTENSIONS[image.media_type]}"


def no_pictures(_image: Image) -> None:
    """No address, for texts that cannot have pictures: descriptions stand for these."""


def data_address(image: Image) -> str:
    """The picture itself as its address."""
    return f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}"


_EXTENSIONS: Final = {"image/png": "png", "image/jpeg": "jpg"}
