"""Images in data: URLs: what is taken, with which size, and what is refused."""

import base64
import contextlib
import io
import struct
import zlib

import pytest
from PIL import Image as Pillow
from PIL.ImageCms import ImageCmsProfile, buildTransform, createProfile

from activities.documents.images import ImageError, read_data_url, read_image
from activities.documents.model import Image
from activities.formats.testing.items import data_url, png
from activities.model.limits import PICTURE_BYTES_MAX


def encoded(kind: str, size: tuple[int, int] = (7, 5)) -> bytes:
    file = io.BytesIO()
    Pillow.new("RGB", size, "#c33").save(file, kind)
    return file.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def refusal(url: str) -> str:
    with pytest.raises(ImageError) as caught:
        read_data_url(url, "alt")
    return caught.value.code


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_what_every_format_can_show_stays_as_it_is(kind: str) -> None:
    data = encoded(kind)
    for claimed in (f"image/{kind}", "image/png", "image/x-anything"):
        image = read_data_url(data_url(data, claimed), "a field")
        assert image == Image(data, f"image/{kind}", "a field", 7, 5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("gif", "PNG"),
        ("bmp", "PNG"),
        ("tiff", "PNG"),
        ("webp", "JPEG"),
        ("avif", "JPEG"),
    ],
)
def test_other_kinds_become_what_every_format_can_show(kind: str, shown: str) -> None:
    image = read_image(encoded(kind), "")
    assert image.media_type == f"image/{shown.lower()}"
    with Pillow.open(io.BytesIO(image.data)) as picture:
        assert (picture.format, picture.size) == (shown, (7, 5))
        red, green, blue = picture.convert("RGB").getpixel((3, 2))  # type: ignore[misc]
        assert (red, green, blue) == pytest.approx((0xCC, 0x33, 0x33), abs=6)


def pixels(image: Image) -> Pillow.Image:
    return Pillow.open(io.BytesIO(image.data))


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_upright(kind: str, orientation: int) -> None:
    upright = Pillow.new("RGB", (64, 32), "white")
    upright.paste("red", (0, 0, 16, 16))
    turns = {  # what undoes what the viewer does (EXIF 2.32, 4.6.4 A)
        2: Pillow.Transpose.FLIP_LEFT_RIGHT,
        3: Pillow.Transpose.ROTATE_180,
        4: Pillow.Transpose.FLIP_TOP_BOTTOM,
        5: Pillow.Transpose.TRANSPOSE,
        6: Pillow.Transpose.ROTATE_90,
        7: Pillow.Transpose.TRANSVERSE,
        8: Pillow.Transpose.ROTATE_270,
    }
    lying = upright.transpose(turns[orientation]) if orientation in turns else upright
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    lying.save(file, kind, exif=exif)
    image = read_image(file.getvalue(), "")
    assert (image.width, image.height) == (64, 32)
    shown = pixels(image).convert("RGB")
    assert shown.getexif().get(0x0112, 1) == 1
    assert shown.getpixel((6, 6)) == pytest.approx((255, 0, 0), abs=40)
    assert shown.getpixel((50, 25)) == pytest.approx((255, 255, 255), abs=40)


@pytest.mark.parametrize(
    ("mode", "kind", "white"),
    [("I;16", "PNG", 65_535), ("I;16", "TIFF", 65_535), ("I", "TIFF", 255), ("F", "TIFF", 1.0)],
)
def test_deep_greys_keep_their_ramp(mode: str, kind: str, white: float) -> None:
    deep = Pillow.new(mode, (256, 1))
    for x in range(256):
        deep.putpixel((x, 0), x * white / 255 if mode == "F" else int(x * white / 255))
    file = io.BytesIO()
    deep.save(file, kind)
    image = read_image(file.getvalue(), "")
    assert image.media_type == "image/png"
    ramp = list(pixels(image).convert("L").tobytes())
    assert ramp == pytest.approx(list(range(256)), abs=1)


def test_printers_colours_become_those_of_screens() -> None:
    file = io.BytesIO()
    Pillow.new("CMYK", (16, 16), (0, 255, 255, 0)).save(file, "JPEG")
    image = read_image(file.getvalue(), "")
    assert pixels(image).mode == "RGB"
    assert pixels(image).getpixel((8, 8)) == pytest.approx((255, 0, 0), abs=6)


def profile(gamma: float | None = None) -> bytes:
    """That of sRGB; with another gamma, so that the same numbers are other colours."""
    data = bytearray(ImageCmsProfile(createProfile("sRGB")).tobytes())
    if gamma is None:
        return bytes(data)
    [tags] = struct.unpack_from(">I", data, 128)
    for number in range(tags):
        name, start, size = struct.unpack_from(">4sII", data, 132 + 12 * number)
        if name in (b"rTRC", b"gTRC", b"bTRC"):
            curve = struct.pack(">4s4xIH", b"curv", 1, round(gamma * 256))
            data[start : start + size] = curve.ljust(size, b"\0")
    return bytes(data)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("jpeg", "RGB"), ("webp", "RGB"), ("webp", "RGBA")),
        *((kind, mode) for kind in ("png", "tiff") for mode in ("RGB", "RGBA", "P")),
    ],
)
def test_colours_are_those_that_the_profile_means(kind: str, mode: str) -> None:
    file = io.BytesIO()
    grey = Pillow.new("RGB", (16, 16), (100, 100, 100)).convert(mode)
    if mode == "RGBA":
        grey.putalpha(77)
    grey.save(file, kind, icc_profile=profile(1.0))
    shown = pixels(read_image(file.getvalue(), ""))
    assert "icc_profile" not in shown.info
    # 100 of 255, linear, in the curve of sRGB (IEC 61966-2-1).
    lit = round((1.055 * (100 / 255) ** (1 / 2.4) - 0.055) * 255)
    alpha = 77 if mode == "RGBA" else 255
    assert shown.convert("RGBA").getpixel((8, 8)) == pytest.approx((lit, lit, lit, alpha), abs=2)


@pytest.mark.parametrize("kind", ["jpeg", "png"])
@pytest.mark.parametrize(
    "stated", [profile(), b"none", b"\xff" * 3_000, profile(1.0)[:200]], ids=range(4)
)
def test_a_profile_that_changes_nothing_or_is_none_costs_nothing(kind: str, stated: bytes) -> None:
    file = io.BytesIO()
    Pillow.new("RGB", (16, 16), (100, 0, 200)).save(file, kind, icc_profile=stated)
    assert read_image(file.getvalue(), "").data == file.getvalue()


def test_lab_becomes_the_colours_of_screens() -> None:
    to_lab = buildTransform(createProfile("sRGB"), createProfile("LAB"), "RGB", "LAB")
    file = io.BytesIO()
    to_lab.apply(Pillow.new("RGB", (16, 16), (200, 30, 40))).save(file, "tiff")
    shown = pixels(read_image(file.getvalue(), ""))
    assert shown.getpixel((8, 8)) == pytest.approx((200, 30, 40), abs=3)


def test_transparency_stays() -> None:
    clear = Pillow.new("RGBA", (4, 4), (255, 0, 0, 0))
    for kind in ("webp", "avif", "tiff"):
        file = io.BytesIO()
        clear.save(file, kind)
        image = read_image(file.getvalue(), "")
        assert pixels(image).convert("RGBA").getpixel((1, 1))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "bmp", "tiff", "webp", "avif"])
def test_a_picture_that_was_cut_off_is_refused(kind: str) -> None:
    file = io.BytesIO()
    Pillow.effect_noise((64, 64), 80).convert("RGB").save(file, kind)
    data = file.getvalue()
    with pytest.raises(ImageError) as caught:
        read_image(data[: len(data) // 2], "")
    assert caught.value.code == "image-unreadable"


def test_percent_encoded_base64_is_read() -> None:
    data = png()
    text = base64.b64encode(data).decode()
    quoted = text.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    assert read_data_url(f"DATA:image/png;BASE64,{quoted}", "").data == data


@pytest.mark.parametrize(
    "url",
    [
        "data:",
        "data:image/png,rawbytes",
        "data:text/html;base64,PHN2Zy8+",
        "data:image/png;base64,",
        "data:image/png;base64,###",
        "data:image/png;base64,iVBORw0K",
        "data:image/png;base64,é",
        data_url(b"<svg xmlns='urn:none'/>", "image/svg+xml"),
        data_url(b"%PDF-1.7", "image/png"),
        data_url(b"BM" + bytes(64), "image/bmp"),
        data_url(b"GIF89a", "image/gif"),
        data_url(b"\xff\xd8\xff\xe0", "image/jpeg"),
        data_url(b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        data_url(png()[:20]),
    ],
)
def test_broken_and_unknown_images_are_unreadable(url: str) -> None:
    assert refusal(url) == "image-unreadable"


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp"])
def test_a_truncated_image_is_refused_or_has_its_size(kind: str) -> None:
    data = encoded(kind)
    for length in range(len(data)):
        with contextlib.suppress(ImageError):
            image = read_data_url(data_url(data[:length]), "")
            assert (image.width, image.height) == (7, 5)


@pytest.mark.parametrize("size", [(10_000, 10_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_decompression_bombs_are_too_large(size: tuple[int, int]) -> None:
    assert refusal(data_url(png_of_size(*size))) == "image-too-large"


def test_large_files_are_too_large() -> None:
    assert refusal(data_url(png() + bytes(PICTURE_BYTES_MAX))) == "image-too-large"
    assert refusal("data:image/png;base64," + "A" * (5 * PICTURE_BYTES_MAX)) == "image-too-large"


@pytest.mark.parametrize(("width", "height"), [(20_001, 1), (1, 20_001), (5_001, 4_000)])
def test_sides_and_areas_have_bounds(width: int, height: int) -> None:
    assert refusal(data_url(png_of_size(width, height))) == "image-too-large"


def test_jpeg_may_be_as_large_as_cameras_make_them() -> None:
    data = bytearray(encoded("jpeg"))
    size = data.index(b"\xff\xc0") + 5
    struct.pack_into(">HH", data, size, 5_000, 8_000)
    assert read_data_url(data_url(bytes(data)), "").width == 8_000
    struct.pack_into(">HH", data, size, 5_001, 8_000)
    assert refusal(data_url(bytes(data))) == "image-too-large"


def progressive(scans: int) -> bytes:
    """A JPEG whose last scan comes again until there are so many."""
    file = io.BytesIO()
    Pillow.new("L", (8, 8), 128).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * (scans - data.count(b"\xff\xda")) + b"\xff\xd9"


def test_scans_of_a_jpeg_have_a_bound() -> None:
    assert read_data_url(data_url(progressive(100)), "").width == 8
    assert refusal(data_url(progressive(101))) == "image-too-large"


def test_segments_of_a_jpeg_have_a_bound() -> None:
    data = encoded("jpeg")
    comment = b"\xff\xfe\x00\x03a"
    assert read_data_url(data_url(data[:2] + comment * 900 + data[2:]), "").width == 7
    assert refusal(data_url(data[:2] + comment * 1_100 + data[2:])) == "image-too-large"
    assert refusal(data_url(data[:2] + b"\xff" * 2_000 + data[2:])) == "image-too-large"


@pytest.mark.parametrize(
    ("few", "many"),
    [
        (b"!\xfe" + b"\x01a" * 9_000 + b"\0", b"!\xfe" + b"\x01a" * 11_000 + b"\0"),
        (b"!\xff\x01a\0" * 4_000, b"!\xff\x01a\0" * 6_000),
        (b"\x01" * 9_000, b"\x01" * 11_000),
    ],
    ids=["pieces of a comment", "extensions", "bytes between them"],
)
def test_blocks_of_a_gif_have_a_bound(few: bytes, many: bytes) -> None:
    data = encoded("gif")
    start = data.index(b",", 13 + (3 << (data[10] & 7) + 1))
    assert read_data_url(data_url(data[:start] + few + data[start:]), "").width == 7
    assert refusal(data_url(data[:start] + many + data[start:])) == "image-too-large"


def test_chunks_of_a_png_have_a_bound() -> None:
    data = png()
    chunk = struct.pack(">I", 0) + b"aaaa" + struct.pack(">I", zlib.crc32(b"aaaa"))
    assert read_data_url(data_url(data[:33] + chunk * 9_000 + data[33:]), "").media_type
    assert refusal(data_url(data[:33] + chunk * 11_000 + data[33:])) == "image-too-large"
