"""The terms of a glossary: flashcards whose front names something, by the alphabet."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple
from unicodedata import category, combining, normalize

from activities.documents.labels import primary_language
from activities.documents.model import Block, Card, Document, Paragraph, Runs
from activities.documents.plain import plain_runs

_WORDS_MAX: Final = 5
_QUESTION_MARKS: Final = frozenset("?？؟;՞")
_UNORDERED: Final = frozenset({"zh", "yue", "wuu", "ja"})
"""Languages whose words are ordered by how they sound, which their signs do not say."""
_ALPHABETS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "es": "abcdefghijklmnñopqrstuvwxyz",
        "fa": "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی",
        "ur": "آابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوہھءیے",
        "sv": "abcdefghijklmnopqrstuvwxyzåäö",
        "da": "abcdefghijklmnopqrstuvwxyzæøå",
        "nb": "abcdefghijklmnopqrstuvwxyzæøå",
        "fi": "abcdefghijklmnopqrstuvwxyzåäö",
        "pl": "aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż",
        "tr": "abcçdefgğhıijklmnoöprsştuüvyz",
        "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    }
)
"""Alphabets that are not those of Unicode once letters have lost their marks, as the letters of
English, German, French, Greek, Arabic, Hebrew or Hindi are."""
_LIGATURES: Final = MappingProxyType({"œ": "oe", "æ": "ae"})
_NO_LETTER: Final = "#"
"""Above terms that begin with none."""


class Term(NamedTuple):
    """What a card explains."""

    order: tuple[tuple[int, int], ...]
    """Compares as the alphabet has it."""
    letter: str
    """Under which it stands."""
    card: Card
    name: Runs
    meaning: tuple[Block, ...]


def terms_of(document: Document) -> list[Term]:
    """The terms of an item, as its cards come: whose front is a few words that ask nothing."""
    if primary_language(document.language) in _UNORDERED:
        return []
    return [
        term
        for part in document.parts
        for block in part.blocks
        if isinstance(block, Card) and (term := _term(block, document.language))
    ]


def _term(card: Card, language: str) -> Term | None:
    if not card.back or len(card.front) != 1 or not isinstance(card.front[0], Paragraph):
        return None
    runs = card.front[0].runs
    name = "".join([run.text for run in runs if not run.math]).strip()
    asks = _QUESTION_MARKS.intersection(plain_runs(runs))
    if asks or not any(map(str.isalpha, name)) or len(plain_runs(runs).split()) > _WORDS_MAX:
        return None
    order, letter = _order(name, language)
    return Term(order, letter, card, runs, card.back)


def _order(name: str, language: str) -> tuple[tuple[tuple[int, int], ...], str]:
    """What compares as a language's alphabet has it, and the letter that a name begins with."""
    alphabet = _ALPHABETS.get(primary_language(language), "")
    order: list[tuple[int, int]] = []
    letter = ""
    for written in normalize("NFC", name.lower()):
        if written.isspace():
            order.append((0, 0))
            continue
        for base in written if written in alphabet else _base(written):
            if not (base.isalnum() or category(base).startswith("M")):
                continue
            order.append(_place(base, alphabet))
            letter = letter or (base.upper() if base.isalpha() else _NO_LETTER)
    return tuple(order), letter or _NO_LETTER


def _place(letter: str, alphabet: str) -> tuple[int, int]:
    """Where a letter stands among those of all scripts: behind which, and how far."""
    place = alphabet.find(letter)
    if place < 0 or letter.isascii():
        return ord(letter), 0
    before = max((at for at in range(place) if alphabet[at].isascii()), default=0)
    return ord(alphabet[before]), place - before


def _base(letter: str) -> str:
    """A letter without its marks, as dictionaries order it."""
    folded = normalize("NFKD", _LIGATURES.get(letter, letter).casefold())
    return "".join([one for one in folded if not combining(one)])
