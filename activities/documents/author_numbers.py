"""Numbers that an author wrote before a heading or a question, where ours would be a second one."""

import re
from typing import NamedTuple

import regex

from activities.documents.model import Runs

_HAN_DIGITS = "〇一二三四五六七八九十百零两兩"
_SECTION_WORDS = (
    "chapter|section|part|unit|module|lesson|topic|week|day|step|appendix"
    "|kapitel|abschnitt|teil|einheit|modul|lektion|thema|woche|tag|schritt|anhang"
    "|capítulo|sección|parte|unidad|módulo|lección|tema|semana|chapitre|partie|unité|leçon|thème"
    "|κεφάλαιο|ενότητα|μέρος|μάθημα|الفصل|الوحدة|الدرس|القسم|الباب|अध्याय|इकाई|पाठ|भाग"
    "|глава|раздел|часть|урок|тема|capitolo|sezione|unità|lezione|hoofdstuk|rozdział|bölüm|ünite"
    "|bab|bagian|pelajaran|chương|phần|bài|บทที่|หน่วยที่|ตอนที่|розділ|частина|kapitola|fejezet"
    "|capitolul|luku"
)
_KNOWN_WORDS = frozenset(_SECTION_WORDS.split("|"))
_HAN_STARTS = f"{_HAN_DIGITS}第제"
_HEADING = regex.compile(
    rf"""
    [\s§\#№]*(?:
      [(\[（]?\p{{Nd}}{{1,3}}(?:[.．]\p{{Nd}}{{1,3}})*[.．)）\]:：、]+(?:\s|\p{{L}}|$)
    | \p{{Nd}}{{1,3}}(?:[.．]\p{{Nd}}{{1,3}})+(?:\s|$)
    | [(（]?[IVXLC]{{1,7}}[.):](?:\s|$)
    | [(（]?[A-Za-z][.)](?:\s|$)
    | [{_HAN_DIGITS}]{{1,4}}[、.．，]
    | [(（][{_HAN_DIGITS}]{{1,4}}[)）]
    | 第\s*[{_HAN_DIGITS}\p{{Nd}}]{{1,4}}\s*[章节節课課回部篇讲講单單编編]
    | 제\s*\p{{Nd}}{{1,3}}\s*[장절과부편강]
    | [\u2460-\u2473\u2474-\u249b]
    | (?i:{_SECTION_WORDS})\s+(?:\p{{Nd}}{{1,3}}(?:\.\p{{Nd}}{{1,3}})*|[IVXLC]{{1,7}})
      (?:\s*[:：.)—–-](?:\s|$)|$)
    )
    """,
    regex.VERBOSE,
)
_QUESTION_WORDS = (
    "q|question|frage|pregunta|ερώτηση|السؤال|سؤال|प्रश्न|问题|問題|问|問|질문|문제|вопрос|pergunta"
    "|questão|domanda|vraag|fråga|pytanie|soru|faq|task|aufgabe|card|flashcard|karte"
)
_QUESTION = regex.compile(
    rf"""
    \s*(?P<tags>(?:<(?:p|div|span|b|strong|h[1-6])(?:\s[^<>]{{0,200}})?>\s*){{0,4}})
    (?:\#{{1,6}}\s+)?(?P<marks>\*\*|__)?\s*
    (?:
      (?:(?:{_QUESTION_WORDS})\s*\.?\s*)?[(（]?(?P<number>\p{{Nd}}{{1,3}})
      (?:\\?[.)）:：、．]+|(?<=\p{{L}}\s*\p{{Nd}}{{1,3}})\s+[–—-])
    | 第\s*(?P<number>\p{{Nd}}{{1,3}})\s*[题題问問][.：:、．]?
    )
    (?P<closed>\*\*|__)?
    (?:(?:\s|&nbsp;)+|(?<=[、．：）题題问問])|(?<=[)）.:]\*\*)|(?=</(?:b|strong|span)>))
    (?=\S)
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
"""Most questions have none, and this search is far cheaper than the other."""
_OTHER_NUMBER = regex.compile(
    r"(?:\n|<(?:p|div|br)(?:[\s/][^<>]{0,200})?>)\s*\p{Nd}{1,3}[.)](?:[ \t]|&nbsp;)"
)


class NumberedText(NamedTuple):
    """A question without its number."""

    number: int
    text: str


def begins_with_number(runs: Runs, number: tuple[int, ...]) -> bool:
    """Whether a heading begins with a number of the author's.

    Args:
        runs: the heading.
        number: what ours would be; that alone, without a point, is a number too.
    """
    text = "".join([run.text for run in runs])
    if _may_begin_with_number(text) and _HEADING.match(text):
        return True
    ours = ".".join(map(str, number))
    return text.startswith(ours) and text[len(ours) : len(ours) + 1].isspace()


def _may_begin_with_number(text: str) -> bool:
    """Whether a closer look is worth its time: most headings begin with just a word."""
    if not text[:1].isalpha() or text[0] in _HAN_STARTS:
        return True
    word = text.split(maxsplit=1)[0]
    return word[-1] in ".):" or word.lower() in _KNOWN_WORDS


def numbered_question(source: str) -> NumberedText | None:
    """A question in Markdown or HTML without the number that its author put before it, if any.

    A list of several questions is none.
    """
    match = _QUESTION.match(source) if _DIGIT.search(source) else None
    if match is None or _OTHER_NUMBER.search(source, match.end()):
        return None
    marks, closed = match["marks"] or "", match["closed"] or ""
    if closed and closed != marks:
        return None
    kept = "" if closed else marks
    return NumberedText(int(match["number"]), match["tags"] + kept + source[match.end() :])
