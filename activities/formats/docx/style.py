"""One style of Word as XML."""

from typing import Literal

import msgspec


class Style(msgspec.Struct, frozen=True):
    """One style (ECMA-376 part 1, 17.7.4); properties are in the order of the schema."""

    id: str
    name: str
    kind: Literal["paragraph", "character", "table"] = "paragraph"
    based_on: str = "Normal"
    following: str = ""
    paragraph: str = ""
    run: str = ""
    table: str = ""
    custom: bool = False
    """True if Word does not know the style by its name."""

    def xml(self) -> str:
        """The `w:style` element, its namespace left to the surrounding part."""
        pieces = [
            f'<w:style w:type="{self.kind}"',
            ' w:customStyle="1"' if self.custom else "",
            f' w:styleId="{self.id}"><w:name w:val="{self.name}"/>',
            f'<w:basedOn w:val="{self.based_on}"/>',
            f'<w:next w:val="{self.following}"/>' if self.following else "",
            '<w:uiPriority w:val="10"/><w:qFormat/>',
            f"<w:pPr>{self.paragraph}</w:pPr>" if self.paragraph else "",
            f"<w:rPr>{self.run}</w:rPr>" if self.run else "",
            self.table,
            "</w:style>",
        ]
        return "".join(pieces)


def character(style_id: str, name: str, run: str, *, custom: bool = True) -> Style:
    """A style of text within paragraphs."""
    return Style(
        style_id,
        name,
        kind="character",
        based_on="DefaultParagraphFont",
        run=run,
        custom=custom,
    )


def indent(left: int, hanging: int = 0, right: int = 0) -> str:
    """The XML for a paragraph so far from where the text begins and ends, in twips."""
    hang = f' w:hanging="{hanging}"' if hanging else ""
    end = f' w:right="{right}"' if right else ""
    return f'<w:ind w:left="{left}"{end}{hang}/>'
