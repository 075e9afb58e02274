"""Elements that are blocks: paragraphs, headings, quotations, callouts, figures, code."""

from msgspec.structs import replace

from activities.documents.control_characters import remove_control_characters
from activities.documents.html import elements
from activities.documents.html.attributes import (
    Attributes,
    callout_kind,
    code_language,
    is_callout_title,
)
from activities.documents.html.building import Building
from activities.documents.html.flatten import flat_runs
from activities.documents.html.frames import Frame
from activities.documents.model import (
    Callout,
    Heading,
    Image,
    Paragraph,
    Quote,
    Rule,
    Run,
)


def start_block(building: Building, name: str, attributes: Attributes) -> None:
    """Begin a block, which may be a callout or the title of one."""
    kind = callout_kind(attributes) if attributes else None
    building.enter_block()
    if kind is not None:
        frame = building.push(name, "callout", attributes, deeper=True)
        if frame is not None:
            frame.callout = kind
    elif attributes and is_callout_title(attributes):
        building.push(name, "summary", attributes)
    else:
        building.push(name, "block", attributes, own=False)


def start_heading(building: Building, name: str, attributes: Attributes) -> None:
    """Begin a heading."""
    if attributes and is_callout_title(attributes):
        start_block(building, name, attributes)
        return
    building.enter_block()
    if building.open[-1].kind == "heading":
        building.pop()
    frame = building.push(name, "heading", attributes)
    if frame is not None:
        frame.level = elements.HEADINGS[name]
        building.name_next(name, attributes)
        frame.anchors = building.inlines.take_anchors()


def close_heading(building: Building, frame: Frame) -> None:
    """End a heading."""
    runs = flat_runs(frame.blocks)
    within = (anchor for run in runs for anchor in run.anchors)
    anchors = (*frame.anchors, *within, *building.inlines.take_anchors())
    if runs:
        level = building.heading_level(frame.level)
        building.warnings.heading = runs
        building.add(Heading(level, runs, anchors=anchors))
    else:
        building.inlines.anchors.extend(anchors)


def start_quote(building: Building, name: str, attributes: Attributes) -> None:
    """Begin a quotation."""
    if callout_kind(attributes) is not None:
        start_block(building, name, attributes)
        return
    building.enter_block()
    building.push(name, "quote", attributes, deeper=True)


def close_quote(building: Building, frame: Frame) -> None:
    """End a quotation."""
    if frame.blocks:
        building.add(Quote(tuple(frame.blocks)))


def start_details(building: Building, name: str, attributes: Attributes) -> None:
    """Begin what a browser shows only on request."""
    building.enter_block()
    frame = building.push(name, "callout", attributes, deeper=True)
    if frame is not None:
        frame.callout = "details"


def start_summary(building: Building, name: str, attributes: Attributes) -> None:
    """Begin the title of a callout."""
    building.enter_block()
    building.push(name, "summary", attributes)


def close_summary(building: Building, frame: Frame) -> None:
    """End the title of a callout; without one around it, it is a paragraph."""
    runs = flat_runs(frame.blocks)
    around = building.open[-1]
    if not runs:
        return
    if around.kind == "callout" and not around.title and not around.blocks:
        around.title = runs
    else:
        building.add(Paragraph(tuple(replace(run, strong=True) for run in runs)))


def close_callout(building: Building, frame: Frame) -> None:
    """End a callout."""
    if frame.blocks or frame.title:
        title = frame.title or (Run(building.inlines.labels.callout(frame.callout)),)
        building.add(Callout(frame.callout, title, tuple(frame.blocks)))


def start_figure(building: Building, name: str, attributes: Attributes) -> None:
    """Begin a figure."""
    building.enter_block()
    building.push(name, "figure", attributes)


def close_figure(building: Building, frame: Frame) -> None:
    """End a figure."""
    blocks, caption = frame.blocks, frame.title
    pictures = [at for at, block in enumerate(blocks) if isinstance(block, Image)]
    if caption and len(pictures) == 1:
        picture = blocks[pictures[0]]
        if isinstance(picture, Image) and not picture.caption:
            blocks[pictures[0]] = replace(picture, caption=caption)
            caption = ()
    if caption:
        blocks.append(Paragraph(caption, "note"))
    building.open[-1].blocks.extend(blocks)


def start_caption(building: Building, name: str, attributes: Attributes) -> None:
    """Begin a caption."""
    building.enter_block()
    building.push(name, "caption", attributes)


def close_caption(building: Building, frame: Frame) -> None:
    """End a caption."""
    runs = flat_runs(frame.blocks)
    around = building.open[-1]
    if around.kind in {"figure", "table"} and not around.title:
        around.title = runs
    elif runs:
        building.add(Paragraph(runs, "note"))


def add_rule(building: Building, _name: str, _attributes: Attributes) -> None:
    """Add a rule."""
    building.enter_block()
    building.flush()
    if not building.hidden:
        building.add(Rule())


def start_code(building: Building, name: str, attributes: Attributes) -> None:
    """Begin a block of code."""
    building.enter_block()
    frame = building.push(name, "code", attributes)
    if frame is not None:
        frame.language = code_language(attributes)


def close_code(building: Building, frame: Frame) -> None:
    """End a block of code."""
    text, removed = remove_control_characters("".join(frame.texts))
    if removed:
        building.warnings.add("control-characters-removed", removed)
    text = text.removeprefix("\n")
    if text.strip():
        building.open[-1].blocks.extend(building.inlines.code(text, frame.language))
