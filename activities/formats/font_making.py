"""Static TrueType fonts of what packages hold: a weight of a variable font, a font for the web.

HarfBuzz makes outlines and fontTools all else, so that they are the same on every machine; the
versions of both are those of the lock file, and a test knows the bytes that they make.
"""

import io

import uharfbuzz as hb
from fontTools.ttLib import TTFont, TTLibError
from fontTools.varLib.instancer.names import updateNameTable

_WEIGHT_AXIS = "wght"


def static_font(data: bytes, weight: int | None) -> bytes:
    """A TrueType font; nothing when the data is none that it can be made of.

    Args:
        data: A font, which may be packed for the web (WOFF).
        weight: That of the instance if the font is variable, such as 400; its other axes are at
            their defaults.
    """
    try:
        source = TTFont(io.BytesIO(data), lazy=True, recalcBBoxes=False, recalcTimestamp=False)
        return _written(source) if weight is None else _instance(data, source, weight)
    except (TTLibError, KeyError):
        return b""


def _instance(data: bytes, variable: TTFont, weight: int) -> bytes:
    places = {axis.axisTag: axis.defaultValue for axis in variable["fvar"].axes}
    places[_WEIGHT_AXIS] = float(weight)
    face = hb.Face(hb.Blob(data))
    request = hb.SubsetInput()
    request.keep_everything()
    for tag, place in places.items():
        request.pin_axis_location(face, tag, place)
    outlines = bytes(hb.SubsetPlan(face, request).execute().blob.data)
    # HarfBuzz leaves the name of the default weight.
    updateNameTable(variable, places)
    made = TTFont(io.BytesIO(outlines), lazy=True, recalcBBoxes=False, recalcTimestamp=False)
    made["name"] = variable["name"]
    return _written(made)


def _written(font: TTFont) -> bytes:
    font.flavor = None
    written = io.BytesIO()
    font.save(written, reorderTables=False)
    return written.getvalue()
