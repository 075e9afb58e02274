"""The levels of lists (ECMA-376 part 1, 17.9)."""

from types import MappingProxyType

from activities.documents.model import ListStyle
from activities.formats.docx.fragment import NumberedList
from activities.formats.docx.styles import LIST_STYLE_LEVELS

_NUMBER_FORMATS: MappingProxyType[ListStyle, str] = MappingProxyType(
    {
        "decimal": "decimal",
        "lower-alpha": "lowerLetter",
        "upper-alpha": "upperLetter",
        "lower-roman": "lowerRoman",
        "upper-roman": "upperRoman",
    }
)


def bullet_level(level: int, bullet: str, indent: int) -> str:
    """A level of the lists without numbers, by default in a style of its own, each this much
    further in than the one above it.
    """
    return _level(level, "bullet", bullet, indent, linked="ListBullet")


def glance_level(mark: str, style: str, indent: int) -> str:
    """The one level of a list in the table of what a unit teaches."""
    return _level(0, "bullet", mark, indent, linked=style)


def number_level(level: int, indent: int) -> str:
    """A level of the numbered lists, by default in a style of its own."""
    return _level(level, "decimal", f"%{level + 1}.", indent, linked="ListNumber")


def level_override(numbered: NumberedList, indent: int) -> str:
    """The level of a list whose numbers are written in another way than is usual."""
    if (numbered.style, numbered.delimiter) == ("decimal", "."):
        return ""
    text = f"%{numbered.level + 1}{numbered.delimiter}"
    kind = _NUMBER_FORMATS[numbered.style]
    return _level(numbered.level, kind, text, indent, start=numbered.start)


def _level(
    level: int,
    number_format: str,
    text: str,
    indent: int,
    linked: str = "",
    start: int = 1,
) -> str:
    style = ""
    if linked and level < LIST_STYLE_LEVELS:
        style = f'<w:pStyle w:val="{linked}{level + 1 if level else ""}"/>'
    return (
        f'<w:lvl w:ilvl="{level}"><w:start w:val="{start}"/><w:numFmt w:val="{number_format}"/>'
        f'{style}<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/><w:pPr>'
        f'<w:ind w:left="{indent * (level + 1)}" w:hanging="{indent}"/>'
        "</w:pPr></w:lvl>"
    )
