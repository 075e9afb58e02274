"""What a format says of itself, without its renderer."""

from typing import Literal

import msgspec

from activities.model.options import RenderOptions


class Carries(msgspec.Struct, frozen=True):
    """What survives in a format, for people who choose one."""

    formatting: bool
    tables: bool
    math: Literal["native", "image", "source"]
    images: bool
    reimport: bool = False


class Variant(msgspec.Struct, frozen=True):
    """Another type of file, which a format gives when an option has a certain value."""

    option: str
    value: str
    media_type: str
    extension: str


class FileType(msgspec.Struct, frozen=True):
    """What kind of file an export is."""

    media_type: str
    extension: str


class Format(msgspec.Struct, frozen=True):
    """One entry of the catalog. It is light: it names its renderer instead of importing it."""

    id: str
    name: str
    description: str
    media_type: str
    extension: str
    """Without a dot in it: a file is found again by what follows the last dot of its name."""
    carries: Carries
    limits: str
    """In one sentence, what the format cannot hold."""
    renderer: str
    """`module:name` of a `WholeRenderer` or a `ChunkRenderer`."""
    chunked: bool
    """Whether the renderer is a `ChunkRenderer`."""
    seconds_per_item: float
    """Rough cost of an average item on one core; chunk sizes follow from it."""
    options: tuple[str, ...] = ("on_item_error", "title")
    """The render options that make a difference; these two do for every format."""
    variants: tuple[Variant, ...] = ()

    def file_type(self, options: "RenderOptions") -> FileType:
        """What kind of file an export with these options is."""
        for variant in self.variants:
            if getattr(options, variant.option) == variant.value:
                return FileType(variant.media_type, variant.extension)
        return FileType(self.media_type, self.extension)
