"""The style sheet of pages: templates, with the tokens of the design as lengths of the text."""

from collections.abc import Iterable
from importlib.resources import files
from string import Template
from types import MappingProxyType
from typing import Final

from activities.documents.design.design import Design
from activities.documents.design.tokens import AccentName, Face, Tokens, Type

_FACES: Final[MappingProxyType[Face, str]] = MappingProxyType(
    {
        "serif": '"Source Serif 4","Source Serif Pro",Georgia,"Noto Serif","Noto Naskh Arabic",'
        '"Noto Serif CJK SC",serif',
        "sans": '"Source Sans 3","Source Sans Pro",system-ui,-apple-system,"Segoe UI",Roboto,'
        '"Noto Sans","Noto Sans Arabic","Noto Sans CJK SC",sans-serif',
        "legible": '"Atkinson Hyperlegible","Noto Sans",Verdana,sans-serif',
        "mono": '"Source Code Pro",ui-monospace,Consolas,Menlo,"Noto Sans Mono",monospace',
    }
)
"""What is there already where a page is read; it brings no fonts of its own."""
_MATHS: Final = '"STIX Two Math","Cambria Math","Latin Modern Math","Noto Sans Math",math'
_HEADING_LEVELS: Final = range(2, 7)
_LIST_STYLES: Final = ("decimal", "lower-alpha", "upper-alpha", "lower-roman", "upper-roman")
_ROOM: Final = "activities.formats.shared.xhtml"


def style_sheet(design: Design, accents: Iterable[AccentName]) -> str:
    """What all pages with our style have in common.

    Args:
        design: that of the export.
        accents: those of the units, which are elements of their class.
    """
    words = values(design)
    rules = [filled(_ROOM, "style.css", words)]
    rules += [
        f".level-{level}{{{words[f'font_heading_{level}']};{_gaps(design.tokens, level)}}}\n"
        for level in _HEADING_LEVELS
    ]
    for kind, look in design.tokens.callouts.items():
        rules.append(f".callout.{kind}{{border-color:{look.base};background:{look.tint}}}\n")
        rules.append(f".{kind}>.title,.callout.{kind}>summary{{color:{look.base}}}\n")
    rules += map(_bracket, _LIST_STYLES)
    for name in sorted({"default", *accents}):
        accent = design.accent(name)
        shades = {"base": accent.base, "dark": accent.dark, "tint": accent.tint}
        rules.append(filled(_ROOM, "accent.css", {"name": name, "soft": accent.soft, **shades}))
    return "".join(rules)


def filled(package: str, name: str, words: dict[str, str]) -> str:
    """A template of a package with these values."""
    source = files(package).joinpath(name).read_text(encoding="utf-8")
    return Template(source).substitute(words)


def values(design: Design) -> dict[str, str]:
    """The values that templates may name, from the tokens of the design."""
    tokens = design.tokens
    body = tokens.type["body"]
    words: dict[str, str] = {str(face): fonts for face, fonts in _FACES.items()}
    words |= {name: getattr(tokens.neutrals, name) for name in tokens.neutrals.__struct_fields__}
    words |= {f"font_{name}": _font(kind, tokens) for name, kind in tokens.type.items()}
    for prefix, group, unit in (
        ("gap", tokens.gaps, body.size),
        ("rule", tokens.rules, 0),
        ("radius", tokens.radii, 0),
    ):
        for name in group.__struct_fields__:
            length = getattr(group, name)
            words[f"{prefix}_{name}"] = _em(length / unit) if unit else f"{length:g}px"
    return words | {
        "maths": _MATHS,
        "leading": f"{round(body.leading / body.size, 2):g}",
        "after": _em(2 * body.after / body.size),
        "inline_code": _em(tokens.sizes.inline_code),
        "formula": _em(tokens.sizes.formula),
        "formula_displayed": _em(tokens.sizes.formula_displayed),
        "highlight": tokens.callouts["warning"].tint,
    }


def _em(length: float) -> str:
    return f"{round(length, 3):g}em"


def _font(kind: Type, tokens: Tokens) -> str:
    """Face, weight, size and leading of a kind of text."""
    weight = f"font-weight:{kind.weight};" if kind.weight != 400 else ""
    size = _em(kind.size / tokens.type["body"].size)
    leading = round(kind.leading / kind.size, 3)
    return f"font-family:{_FACES[kind.face]};{weight}font-size:{size};line-height:{leading:g}"


def _gaps(tokens: Tokens, level: int) -> str:
    """The margins of a heading, in its own em."""
    kind = tokens.type[f"heading_{level}"]
    return f"margin:{_em(kind.before / kind.size)} 0 {_em(kind.after / kind.size)}"


def _bracket(style: str) -> str:
    """Numbers with a bracket behind them; a program without such styles shows dots."""
    return (
        f'@counter-style bracket-{style}{{system:extends {style};suffix:") "}}\n'
        f"ol.bracket.{style}{{list-style:bracket-{style}}}\n"
    )
