"""Made-up course content, the same on every machine: what renderers are measured with.

An item is about as long as a real one: a study guide of 1,200 words with headings, lists, tables
and code, an outline, questions and cards. Every tenth item is in another script.
"""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from activities.model.content import Faq, Flashcard, Item, Outline, ReadingQuestion, Section

_SYLLABLES = {
    "en": "ba ce di fo gu la mer ni pol qua ra sen ti vo xa ter con pre ment tion ing al est ly",
    "ar": "با ته جي دو را سل شم صن طر عل في قو كت لم من هي",
    "hi": "का खी गु घे चो जा टि डी ता थे दो ना पि बी मा रे लो वा सी हा",
    "el": "βα γε δι ζω θη κα λο με νι πο ρα σε τι φω χο ψυ",
}
_OTHER_LANGUAGES = ("zh", "ar", "hi", "el")
_VOCABULARY = 4_500
_BIRTH = datetime(2024, 1, 1, 9, 0, tzinfo=UTC)

_Words = Callable[[int], str]
"""Gives so many words."""


def corpus(count: int) -> Iterator[Item]:
    """So many items; the first ones of a longer corpus are those of a shorter one."""
    vocabularies = {language: _vocabulary(language) for language in ("en", *_OTHER_LANGUAGES)}
    for number in range(1, count + 1):
        language = _language(number)
        yield _item(number, language, vocabularies[language])


def _language(number: int) -> str:
    if number % 10:
        return "en"
    return _OTHER_LANGUAGES[number // 10 % len(_OTHER_LANGUAGES)]


def _vocabulary(language: str) -> list[str]:
    chance = random.Random(f"vocabulary {language}")  # noqa: S311 - the same words every time
    if language == "zh":
        return [
            "".join(chr(chance.randrange(0x4E00, 0x7E00)) for _ in range(chance.randint(1, 3)))
            for _ in range(_VOCABULARY)
        ]
    syllables = _SYLLABLES[language].split()
    return ["".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(_VOCABULARY)]


def _item(number: int, language: str, vocabulary: list[str]) -> Item:
    chance = random.Random(f"item {number}")  # noqa: S311 - the same item every time

    def words(count: int) -> str:
        return " ".join(chance.choices(vocabulary, k=count))

    created = _BIRTH + timedelta(hours=number)
    return Item(
        id=f"bench-{number}",
        owner_id="teacher-1",
        title=words(4).capitalize(),
        language=language,
        version=1,
        created_at=created,
        updated_at=created + timedelta(minutes=30),
        outline=Outline(
            words(30),
            [
                Section(
                    words(4),
                    words(20),
                    [words(12) for _ in range(3)],
                    [words(10) for _ in range(3)],
                    [Section(words(3), words(15), [words(10)], [words(10)])],
                )
                for _ in range(5)
            ],
        ),
        study_guide="\n\n".join(_study_guide(words)),
        faqs=[Faq(f"{words(9)}?", words(35), f"faq-{n}") for n in range(10)],
        flashcards=[
            Flashcard(words(4), words(14), f"card-{n}", [words(1), words(1)]) for n in range(20)
        ],
        reading_guide_questions=[
            ReadingQuestion(f"{words(12)}?", words(25) if n % 2 else None, f"question-{n}")
            for n in range(8)
        ],
        metadata={"model": "made-up", "target_audience": words(3), "keywords": [words(1)] * 4},
        quality_metrics={"overall": 0.91, "readability": 0.88},
    )


def _study_guide(words: _Words) -> Iterator[str]:
    """The lines of a study guide of about 1,200 words."""
    for _ in range(6):
        yield f"## {words(4)}"
        yield f"{words(45)} **{words(2)}** {words(20)} *{words(2)}* {words(15)}."
        yield "\n".join(f"- {words(9)}" for _ in range(4))
        link = f"[{words(2)}](https://example.org/{_slug(words)})"
        yield f"{words(20)} `{words(1)}` {words(20)} {link}."
        yield "\n".join(_table(words))
    yield "```python\ndef area(width, height):\n    return width * height\n```"


def _table(words: _Words) -> Iterator[str]:
    yield f"| {words(1)} | {words(1)} | {words(1)} |"
    yield "|---|---|---|"
    for _ in range(4):
        yield f"| {words(2)} | {words(3)} | {words(2)} |"


def _slug(words: _Words) -> str:
    return words(1).encode("ascii", "ignore").decode() or "page"
