"""Elements within lines: links, pictures, boxes, small print."""

from activities.documents.html import elements
from activities.documents.html.attributes import (
    Attributes,
    css_styles,
    declarations,
    is_drawn_formula,
    is_emoji,
    is_hidden,
    undoes,
)
from activities.documents.html.building import Building
from activities.documents.html.directions import marks_within_line
from activities.documents.html.formulas import tex_of_image
from activities.documents.html.frames import Frame, Inline


def start_inline(building: Building, name: str, attributes: Attributes) -> None:
    """Begin an element that at most has a style."""
    style = declarations(attributes) if attributes else {}
    named = elements.STYLES.get(name)
    styles = css_styles(style)
    if named and named not in styles and not undoes(named, style):
        styles.append(named)
    is_drawing = bool(attributes) and is_drawn_formula(attributes)
    hides = is_drawing or bool(attributes and is_hidden(attributes, style))
    opening, closing = marks_within_line(name, attributes)
    inline = Inline(name, tuple(styles), hides=hides, suffix=closing)
    if building.open_inline(inline) and opening and not building.hidden:
        building.begin_text()
        building.flow.add_verbatim(opening)
    if hides and not is_drawing:
        building.warns_of_hidden = True


def start_link(building: Building, name: str, attributes: Attributes) -> None:
    """Begin a link."""
    if building.flow.links:
        building.end_inline("a")
    address = attributes.get("href")
    if address is None:
        start_inline(building, name, attributes)
        return
    hides = is_hidden(attributes, declarations(attributes))
    if building.open_inline(Inline(name, is_link=True, hides=hides)):
        building.flow.open_link(building.inlines.link(address.strip()))


def start_abbreviation(building: Building, name: str, attributes: Attributes) -> None:
    """Begin an abbreviation, whose title follows it the first time."""
    title = building.cleaned(attributes.get("title", ""))
    known = not title or title in building.abbreviations
    building.abbreviations.add(title)
    building.open_inline(Inline(name, suffix="" if known else f" ({title})"))


def start_quotation(building: Building, name: str, _attributes: Attributes) -> None:
    """Begin a quotation."""
    opening, closing = ("“", "”") if building.quotes % 2 == 0 else ("‘", "’")
    if building.open_inline(Inline(name, suffix=closing)):
        building.begin_text()
        building.flow.add_verbatim(opening)
        building.quotes += 1


def start_ruby_text(building: Building, name: str, _attributes: Attributes) -> None:
    """Begin the reading of letters, or what stands around it where there is no ruby."""
    inlines = building.open[-1].inlines
    if inlines and inlines[-1].name in {"rt", "rp"}:
        building.end_inline(inlines[-1].name)
    if name == "rp":
        building.open_inline(Inline(name, hides=True))
    elif building.open_inline(Inline(name, suffix=")")):
        building.flow.add_verbatim("(")


def add_break(building: Building, _name: str, _attributes: Attributes) -> None:
    """Add a break."""
    if not building.hidden:
        building.begin_text()
        building.flow.break_line()


def add_break_point(building: Building, _name: str, _attributes: Attributes) -> None:
    """Add a place at which a line may break."""
    if not building.hidden:
        building.flow.add_verbatim("\u200b")


def add_image(building: Building, _name: str, attributes: Attributes) -> None:
    """Add a picture, or the formula or character that it stands for."""
    style = declarations(attributes)
    if building.hidden or is_hidden(attributes, style):
        return
    tex = tex_of_image(attributes)
    description = attributes.get("alt", "")
    if tex:
        building.add_formula(tex, displayed=style.get("display") == "block")
    elif is_emoji(attributes) and description:
        building.text(description)
    else:
        address = attributes.get("src") or attributes.get("data-src") or ""
        building.add_picture(address.strip(), description, attributes, style)


def add_input(building: Building, _name: str, attributes: Attributes) -> None:
    """Add a box to tick; other controls show nothing."""
    kind = attributes.get("type", "").lower()
    checked = "checked" in attributes
    if building.hidden or kind not in {"checkbox", "radio"}:
        return
    item = _task(building)
    if kind == "checkbox" and item is not None:
        item.checked = checked
        return
    boxes = "☐☑" if kind == "checkbox" else "○●"
    building.begin_text()
    building.flow.add_verbatim(boxes[checked] + " ")


def _task(building: Building) -> Frame | None:
    """The list item at whose beginning reading is."""
    if not building.flow.is_empty:
        return None
    for frame in reversed(building.open):
        if frame.blocks:
            return None
        if frame.kind == "item":
            return frame
        if frame.kind != "block":
            return None
    return None


def pass_over(building: Building, _name: str, _attributes: Attributes) -> None:
    """Add nothing, as for all elements that show none."""
