"""The levels of lists (ECMA-376 part 1, 17.9)."""

from types import MappingProxyType

from activities.documents.model import ListStyle
from activities.formats.docx.fragment import NumberedList
from activities.formats.docx.styles import GLANCE_INDENT, LIST_INDENT, LIST_STYLE_LEVELS

_NUMBER_FORMATS: MappingProxyType[ListStyle, str] = MappingProxyType(
    {
        "decimal": "decimal",
        "lower-alpha": "lowerLetter",
        "upper-alpha": "upperLetter",
        "lower-roman": "lowerRoman",
        "upper-roman": "upperRoman",
    }
)


def bullet_level(level: int, bullet: str) -> str:
    """A level of the lists without numbers, by default in a style of its own."""
    return _level(level, "bullet", bullet, linked="ListBullet")


def glance_level(mark: str, style: str) -> str:
    """The one level of a list in the table of what a unit teaches."""
    return _level(0, "bullet", mark, linked=style, indent=GLANCE_INDENT)


def number_level(level: int) -> str:
    """A level of the numbered lists, by default in a style of its own."""
    return _level(level, "decimal", f"%{level + 1}.", linked="ListNumber")


def level_override(numbered: NumberedList) -> str:
    """The level of a list whose numbers are written in another way than is usual."""
    if (numbered.style, numbered.delimiter) == ("decimal", "."):
        return ""
    text = f"%{numbered.level + 1}{numbered.delimiter}"
    return _level(numbered.level, _NUMBER_FORMATS[numbered.style], text, start=numbered.start)


def _level(
    level: int,
    number_format: str,
    text: str,
    linked: str = "",
    start: int = 1,
    indent: int = LIST_INDENT,
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
