"""The package document of a book (EPUB 3.3, section 5) and its navigation (section 7)."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from activities.documents.labels import is_written_from_right, labels
from activities.formats.epub.contents import Contents, Entry
from activities.formats.epub.files import STYLE
from activities.formats.shared.xhtml.label_languages import label_attributes
from activities.formats.shared.xhtml.profiles import PAGE
from activities.formats.shared.xml_escaping import xml_text
from activities.model.times import in_utc

NAV: Final = "nav.xhtml"
_NAMESPACE: Final = uuid.UUID("8e1d7f0e-4c0b-5d0b-9a53-2f6f8d3c7b11")
"""Sets the identifiers of our books apart."""
_SUMMARY: Final = (
    "Text in reading order, with headings and a table of contents. Formulas are MathML with their "
    "TeX; pictures have the descriptions that their authors gave them."
)
_MATHML: Final = ' properties="mathml"'
_MEDIA_TYPES: Final = {"png": "image/png", "jpg": "image/jpeg"}

CONTAINER: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="EPUB/package.opf"'
    ' media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)


def package_document(
    title: str, language: str, time: datetime, contents: Contents, *, namespace: str
) -> str:
    """`package.opf`.

    Args:
        title: of the book.
        language: of what stands around the items.
        time: of the newest item.
        contents: what there is.
        namespace: tells books of this service from those of another.
    """
    items = "\x1f".join([namespace, *(entry.item_id for entry in contents.entries)])
    identifier = uuid.uuid5(_NAMESPACE, items)
    languages = "".join(
        f"<dc:language>{each}</dc:language>"
        for each in dict.fromkeys([language, *(entry.language for entry in contents.entries)])
    )
    manifest = [
        f'<item id="nav" href="{NAV}" media-type="application/xhtml+xml" properties="nav"/>',
        f'<item id="style" href="{STYLE}" media-type="text/css"/>',
        *(
            f'<item id="{_id(name)}" href="{name}" media-type="application/xhtml+xml"'
            f"{_MATHML if has_maths else ''}/>"
            for name, has_maths in contents.texts.items()
        ),
        *(
            f'<item id="i{_id(name)}" href="{name}" media-type="{_MEDIA_TYPES[name[-3:]]}"/>'
            for name in contents.pictures
        ),
    ]
    spine = "".join(f'<itemref idref="{_id(name)}"/>' for name in contents.texts)
    direction = ' page-progression-direction="rtl"' if is_written_from_right(language) else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"'
        f' xml:lang="{language}">\n'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>\n'
        f"<dc:title>{xml_text(title)}</dc:title>\n{languages}\n"
        f'<meta property="dcterms:modified">{in_utc(time)}</meta>\n'
        f"{_accessibility(contents)}</metadata>\n"
        f"<manifest>\n{_lines(manifest)}</manifest>\n"
        f'<spine{direction}><itemref idref="nav"/>{spine}</spine>\n</package>\n'
    )


def _accessibility(contents: Contents) -> str:
    """The metadata by which readers choose books (EPUB Accessibility 1.1, section 2)."""
    has_maths = any(contents.texts.values())
    facts = [("accessMode", "textual")]
    if contents.pictures:
        facts.append(("accessMode", "visual"))
    if contents.describes_pictures:
        facts.append(("accessModeSufficient", "textual"))
    else:
        facts.append(("accessModeSufficient", "textual,visual"))
    facts += [
        ("accessibilityFeature", feature)
        for feature, wanted in (
            ("structuralNavigation", True),
            ("tableOfContents", True),
            ("readingOrder", True),
            ("displayTransformability", True),
            ("alternativeText", bool(contents.pictures) and contents.describes_pictures),
            ("MathML", has_maths),
        )
        if wanted
    ]
    facts.append(("accessibilityHazard", "none"))
    metas = [f'<meta property="schema:{name}">{value}</meta>' for name, value in facts]
    metas.append(f'<meta property="schema:accessibilitySummary" xml:lang="en">{_SUMMARY}</meta>')
    return _lines(metas)


def navigation(title: str, language: str, contents: Contents) -> str:
    """`nav.xhtml`: the contents, which are a page of the book as well."""
    words = labels(language)
    of_label = label_attributes(words, language, PAGE)
    direction = "rtl" if is_written_from_right(language) else "ltr"
    listed = (
        "".join(
            f'<li {entry.attributes}><a href="{entry.file}">{xml_text(entry.title)}</a>'
            f"{_parts(entry)}</li>\n"
            for entry in contents.entries
        )
        or f'<li><a href="{NAV}">{xml_text(title)}</a></li>'
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
        f' lang="{language}" xml:lang="{language}" dir="{direction}">\n<head>\n'
        f'<meta charset="utf-8"/>\n<title>{xml_text(title)}</title>\n'
        f'<link rel="stylesheet" type="text/css" href="{STYLE}"/>\n</head>\n<body>\n'
        f'<h1 class="level-1">{xml_text(title)}</h1>\n'
        f'<nav epub:type="toc" role="doc-toc" aria-labelledby="contents">'
        f'<h2 id="contents" class="level-2"{of_label}>{words.contents}</h2>\n'
        f"<ol>\n{listed}</ol></nav>\n"
        "</body>\n</html>\n"
    )


def _parts(entry: Entry) -> str:
    listed = "".join(
        f'<li{entry.label_attributes}><a href="{file}">{xml_text(label)}</a></li>'
        for file, label in entry.parts
    )
    return f"<ol>{listed}</ol>" if listed else ""


def _id(name: str) -> str:
    """The id of a file in the manifest: its name, which begins with a letter, without its end."""
    return name.partition(".")[0]


def _lines(elements: Sequence[str]) -> str:
    return "".join(f"{element}\n" for element in elements)
