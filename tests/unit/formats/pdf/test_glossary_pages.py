"""The glossary of a file."""

import io

import pypdf

from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import render
from activities.formats.testing.items import item
from activities.model.content import Flashcard, Item
from tests.unit.formats.pdf.structure_checker import StructureChecker

GLOSSARY = PdfOptions(glossary=True, include_metadata=False)


def rendered(*items: Item, options: PdfOptions = GLOSSARY) -> tuple[bytes, list[str]]:
    data, _ = render("pdf", items, options)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]
    return data, [" ".join(page.split()) for page in pages]


def deck(name: str, *fronts: str, language: str = "en") -> Item:
    cards = [Flashcard(front, f"Meaning of {front}") for front in fronts]
    return item(name, title=f"Unit {name}", language=language, flashcards=cards)


def test_terms_of_all_units_stand_by_the_alphabet_with_the_pages_of_their_cards() -> None:
    items = (deck("A", "Zinc", "Atom", "Why?"), deck("B", "Base"), deck("C", "细胞", language="zh"))
    data, pages = rendered(*items)
    shown = pages[-1]
    assert shown.index("Atom") < shown.index("Base") < shown.index("Zinc")
    assert "Why?" not in shown
    assert "细胞" not in shown
    assert StructureChecker(data).check() == []
    reader = pypdf.PdfReader(io.BytesIO(data))
    links = [found.get_object() for found in reader.pages[-1].annotations or []]
    targets = [reader.named_destinations[link["/Dest"]] for link in links]
    to = [reader.get_destination_page_number(target) for target in targets]
    fronts = [
        next(n for n, p in enumerate(pages) if f"Meaning of {x}" in p)
        for x in ("Atom", "Base", "Zinc")
    ]
    assert to == fronts
    assert all(str(page + 1) in shown for page in fronts)
    assert rendered(*items)[0] == data


def test_there_is_none_where_it_was_not_asked_for_or_has_no_terms() -> None:
    plain = PdfOptions(include_metadata=False)
    assert "Glossary" not in " ".join(rendered(deck("A", "Atom"), options=plain)[1])
    assert "Glossary" not in " ".join(rendered(deck("A", "Why?"))[1])
    learners = PdfOptions(glossary=True, answers="none", include_metadata=False)
    assert "Glossary" not in " ".join(rendered(deck("A", "Atom"), options=learners)[1])


def test_it_stands_where_cards_are_cut_out_without_pages_of_theirs() -> None:
    options = PdfOptions(glossary=True, cards="cutout", include_metadata=False)
    data, pages = rendered(
        deck("A", "Atom", "Base"), deck("ع", "ذرة", language="ar"), options=options
    )
    assert any("Glossary" in page and "Meaning of Atom" in page for page in pages)
    assert StructureChecker(data).check() == []


def test_a_character_without_a_font_counts_once_an_item_however_often_it_is_set() -> None:
    items = [deck("A", "Atom 𒀀", "Cell 𒀀"), deck("B", "Base 𒀀", "Drop 𒀁")]
    options = PdfOptions(glossary=True, answers="key", include_metadata=False)
    _, warnings = render("pdf", items, options)
    missing = [(each.item_id, each.count) for each in warnings if each.code == "script-missing"]
    assert missing == [("A", 1), ("B", 2)]
