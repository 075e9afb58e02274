"""Composes the demo content: `topics/**/*.md` in, `teacher-1.jsonl` and `teacher-2.jsonl` out.

    python scripts/demo/build.py

Each owner has a folder of subject files. A file is plain Markdown that holds topics one after
the other, with one-line fields in between:

    # Title                            starts a topic
    Language: de                       head fields; all may be left out
    Audience: Grade 9
    Builds on: Cells, Enzymes          the prerequisites in the metadata
    Without: faqs, metadata            parts that this item shall not have
    Collects: Cells, Enzymes           take the parts of other topics of the file

    One paragraph: the outline's summary.

    ## Section                         and ### below it, for nested sections
    Goal: A learning objective.
    Key: A key point.
    Any Markdown. It becomes the study guide.
    ![What it shows](diagram:name)     an image of `diagrams/`

    Card: front :: back :: tag, tag    flashcards; the tags may be left out
    FAQ: question :: answer
    Ask: question :: answer            reading questions; the answer may be left out

A `¶` inside a one-line field is a line break.

Dates, versions, metadata and quality figures are derived from an item's place and title, so
that the same sources always give the same bytes.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FIRST_IDS = {"teacher-1": 1, "teacher-2": 1001}
"""Owners, and the number with which their ids start: no id belongs to both."""

COURSES: dict[str, dict[str, tuple[str, ...]]] = {
    "teacher-1": {
        "How life works": (
            "Cell structure",
            "Enzymes",
            "Photosynthesis",
            "Cellular respiration",
            "DNA replication",
            "Mitosis and meiosis",
            "Mendelian genetics",
            "Natural selection",
        ),
        "Forces and energy": (
            "Speed and acceleration",
            "Newton's laws",
            "Energy and its forms",
            "Gravity and orbits",
            "Photosynthesis",
        ),
    },
    "teacher-2": {
        "Money matters": ("Supply and demand", "Money and inflation", "International trade"),
    },
}
"""By owner the courses, with the titles of their lessons in order."""
_GUIDE_HEADINGS = {
    "en": ("Key terms", "Term", "Meaning", "Check yourself"),
    "de": ("Wichtige Begriffe", "Begriff", "Bedeutung", "Selbstkontrolle"),
    "es": ("Términos clave", "Término", "Significado", "Compruébalo"),
    "fr": ("Mots clés", "Terme", "Sens", "Vérifie tes acquis"),
    "zh": ("关键术语", "术语", "含义", "自我检查"),
    "ar": ("المصطلحات الأساسية", "المصطلح", "المعنى", "تحقّق من فهمك"),
    "hi": ("मुख्य शब्द", "शब्द", "अर्थ", "स्वयं जाँचें"),
    "el": ("Βασικοί όροι", "Όρος", "Σημασία", "Έλεγξε τι έμαθες"),
}
_FIELD = re.compile(r"(Goal|Key|Card|FAQ|Ask): (.+)")
_HEAD_FIELD = re.compile(r"(Language|Audience|Builds on|Without|Collects): (.+)")
_HEADING = re.compile(r"(#{1,3}) (.+)")
_TABLE_RULE = re.compile(r"^\|[ :|-]+\|$", re.MULTILINE)
_DIAGRAM = re.compile(r"\(diagram:([a-z-]+)\)")
_DATA_URL = re.compile(r"\(data:[^)]*\)")
_READ_IN_A_MINUTE = {"zh": 300}
"""Characters that a learner reads in a minute, where it is not about a thousand."""


@dataclass
class Section:
    """One section of a topic; sections nest one level deep."""

    title: str
    goals: list[str] = field(default_factory=list)
    key_points: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    sections: list["Section"] = field(default_factory=list)

    def guide(self, level: int) -> Iterator[str]:
        """The section as Markdown lines, its heading at `level`."""
        yield from ("", f"{'#' * level} {self.title}", "", *self.lines)
        for section in self.sections:
            yield from section.guide(level + 1)

    def all_goals(self) -> list[str]:
        """The learning objectives of the section and of those below it."""
        return [*self.goals, *(goal for below in self.sections for goal in below.all_goals())]

    def outline(self) -> dict[str, Any]:
        """The section in the shape of an item's outline."""
        return _present(
            title=self.title,
            learning_objectives=self.goals,
            key_points=self.key_points,
            sections=[section.outline() for section in self.sections],
        )


@dataclass
class Topic:
    """One item before it has an id, an owner and dates."""

    title: str
    subject: str
    head: dict[str, str] = field(default_factory=dict)
    summary: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    cards: list[list[str]] = field(default_factory=list)
    faqs: list[list[str]] = field(default_factory=list)
    questions: list[list[str]] = field(default_factory=list)
    collected: list["Topic"] = field(default_factory=list)

    @property
    def language(self) -> str:
        """The language tag (BCP 47)."""
        return self.head.get("Language", "en")

    def listed(self, name: str) -> list[str]:
        """A head field that holds a list; empty when it is absent."""
        return [entry.strip() for entry in self.head.get(name, "").split(",") if entry.strip()]


def _present(**values: Any) -> dict[str, Any]:
    """The values that are there: an absent part is left out, not written as empty."""
    return {name: value for name, value in values.items() if value}


def _split(text: str) -> list[str]:
    return [part.strip().replace("¶", "\n") for part in text.split(" :: ")]


class _Parser:
    """Reads one subject file line by line."""

    def __init__(self, subject: str) -> None:
        self.topics: list[Topic] = []
        self._subject = subject
        self._in_code = False

    def feed(self, line: str) -> None:
        """Take the next line.

        Raises:
            ValueError: the line stands where its kind cannot.
        """
        if line.startswith("```"):
            self._in_code = not self._in_code
        if self._in_code:
            self._section().lines.append(line)
        elif heading := _HEADING.fullmatch(line):
            self._open(len(heading[1]), heading[2])
        elif found := _FIELD.fullmatch(line):
            self._add(found[1], found[2])
        elif found := _HEAD_FIELD.fullmatch(line):
            self.topics[-1].head[found[1]] = found[2]
        elif self.topics[-1].sections:
            self._section().lines.append(line)
        else:
            self.topics[-1].summary.append(line)

    def _open(self, level: int, title: str) -> None:
        if level == 1:
            self.topics.append(Topic(title, self._subject))
        elif level == 2:
            self.topics[-1].sections.append(Section(title))
        else:
            self.topics[-1].sections[-1].sections.append(Section(title))

    def _section(self) -> Section:
        if not self.topics[-1].sections:
            raise ValueError(f"{self.topics[-1].title}: text before the first section")
        top = self.topics[-1].sections[-1]
        return top.sections[-1] if top.sections else top

    def _add(self, name: str, text: str) -> None:
        topic = self.topics[-1]
        match name:
            case "Goal":
                self._section().goals.append(text)
            case "Key":
                self._section().key_points.append(text)
            case "Card":
                topic.cards.append(_split(text))
            case "FAQ":
                topic.faqs.append(_split(text))
            case _:
                topic.questions.append(_split(text))


def _read(path: Path) -> list[Topic]:
    parser = _Parser(path.stem.replace("-", " "))
    for line in path.read_text("utf-8").splitlines():
        parser.feed(line)
    by_title = {topic.title: topic for topic in parser.topics}
    for topic in parser.topics:
        topic.collected = [by_title[title] for title in topic.listed("Collects")]
        for lesson in topic.collected:
            topic.cards += lesson.cards
            topic.faqs += lesson.faqs
            topic.questions += lesson.questions
    return parser.topics


def _text(lines: Sequence[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _embedded(diagram: re.Match[str]) -> str:
    png = (HERE / "diagrams" / f"{diagram[1]}.png").read_bytes()
    return f"(data:image/png;base64,{base64.b64encode(png).decode()})"


def _terms_table(topic: Topic) -> Iterator[str]:
    heading, term, meaning, _ = _GUIDE_HEADINGS[topic.language]
    yield from ("", f"## {heading}", "", f"| {term} | {meaning} |", "| :--- | :--- |")
    for front, back, *_ in topic.cards:
        cells = (text.replace("|", r"\|").replace("\n", " ") for text in (front, back))
        yield f"| {' | '.join(cells)} |"


def _study_guide(topic: Topic) -> str:
    lines: list[str] = []
    for section in topic.sections:
        lines += section.guide(2)
    for lesson in topic.collected:
        lines += ["", f"## {lesson.title}", "", *lesson.summary]
        for section in lesson.sections:
            lines += section.guide(3)
    if topic.cards and not topic.collected and not _TABLE_RULE.search("\n".join(lines)):
        lines += _terms_table(topic)
    goals = [goal for section in topic.sections for goal in section.all_goals()]
    if goals:
        lines += ["", f"## {_GUIDE_HEADINGS[topic.language][3]}", ""]
        lines += [f"- [ ] {goal}" for goal in goals]
    return _DIAGRAM.sub(_embedded, _text(lines))


def _outline(topic: Topic) -> dict[str, Any]:
    sections = [section.outline() for section in topic.sections]
    for lesson in topic.collected:
        below = [section.outline() for section in lesson.sections]
        sections.append(_present(title=lesson.title, summary=_text(lesson.summary), sections=below))
    return _present(summary=_text(topic.summary), sections=sections)


def _parts(topic: Topic) -> dict[str, Any]:
    cards = [
        _present(
            front=front, back=back, tags=[tag.strip() for tag in ",".join(tags).split(",") if tag]
        )
        for front, back, *tags in topic.cards
    ]
    return _present(
        outline=_outline(topic),
        study_guide=_study_guide(topic),
        faqs=[{"question": question, "answer": answer} for question, answer in topic.faqs],
        flashcards=cards,
        reading_guide_questions=[
            {"question": question, "answer": answer[0] if answer else None}
            for question, *answer in topic.questions
        ],
    )


def _with_ids(number: int, parts: dict[str, Any]) -> dict[str, Any]:
    """Give entries an id, except in every fourth item: a source need not have them."""
    if number % 4 == 0:
        return parts
    for name, prefix in (("faqs", "faq"), ("flashcards", "card"), ("reading_guide_questions", "q")):
        entries = parts.get(name, [])
        parts[name] = [
            {"id": f"{prefix}-{number}-{place}", **entry}
            for place, entry in enumerate(entries, start=1)
        ]
    return {name: value for name, value in parts.items() if value}


def _created(place: int, count: int) -> datetime:
    """The time at which the item was made: the first three fifths in 2024, the rest until October
    2026.
    """
    in_2024 = count * 3 // 5
    if place < in_2024:
        day = datetime(2024, 1, 8, tzinfo=UTC) + timedelta(days=place * 350 // in_2024)
    else:
        late = count - in_2024
        day = datetime(2025, 1, 7, tzinfo=UTC) + timedelta(days=(place - in_2024) * 655 // late)
    return day + timedelta(hours=8 + place * 5 % 10, minutes=place * 17 % 60)


def _figure(title: str, name: str) -> float:
    """A quality figure between 0.70 and 0.99 that stays with the title."""
    digest = hashlib.sha256(f"{name}/{title}".encode()).digest()
    return round(0.70 + digest[0] % 30 / 100, 2)


def _metadata(topic: Topic, number: int, parts: dict[str, Any]) -> dict[str, Any]:
    prose = _DATA_URL.sub("", parts.get("study_guide", ""))
    tags = [tag for card in parts.get("flashcards", []) for tag in card.get("tags", [])]
    metadata: dict[str, Any] = {
        "model": ("course-writer-3", "course-writer-3-mini", "course-writer-2")[number % 3],
        "target_audience": topic.head.get("Audience", "Upper secondary school"),
        "subject": topic.subject,
        "keywords": list(dict.fromkeys(tags)),
        "prerequisites": topic.listed("Builds on"),
        "reading_minutes": round(len(prose) / _READ_IN_A_MINUTE.get(topic.language, 1000), 1),
    }
    if number % 2:
        metadata["reviewed"] = number % 3 == 0
        metadata["reviewer_note"] = None
    return {name: value for name, value in metadata.items() if value not in ([], 0.0)}


def _item(topic: Topic, owner: str, number: int, created: datetime) -> dict[str, Any]:
    version = 1 + number % 4
    parts = _with_ids(number, _parts(topic))
    names = ("overall", "readability", "factual_consistency", "coverage")[: 2 + number % 3]
    without = topic.listed("Without")
    wanted = {
        **parts,
        "metadata": _metadata(topic, number, parts),
        "quality_metrics": {name: _figure(topic.title, name) for name in names},
    }
    return {
        "id": f"content-{number}",
        "owner_id": owner,
        "title": topic.title,
        "language": topic.language,
        "version": version,
        "created_at": f"{created:%Y-%m-%dT%H:%M:%SZ}",
        "updated_at": f"{created + timedelta(hours=26 * (version - 1)):%Y-%m-%dT%H:%M:%SZ}",
        **{name: value for name, value in wanted.items() if name not in without},
        **_present(collections=list(_collections(topic.title, owner))),
    }


def _collections(title: str, owner: str) -> Iterator[dict[str, Any]]:
    """The courses that an item is in."""
    for course, lessons in COURSES[owner].items():
        if title in lessons:
            course_id = course.lower().replace(" ", "-")
            yield {"id": course_id, "title": course, "position": lessons.index(title) + 1}


def jsonl(owner: str) -> str:
    """The items of an owner, one a line; the subjects take turns.

    Raises:
        ValueError: a source has text where none can stand.
        KeyError: a topic collects one that its file does not have, or its language is unknown.
    """
    by_subject = [_read(path) for path in sorted((HERE / "topics" / owner).glob("*.md"))]
    topics = [topic for turn in zip_longest(*by_subject) for topic in turn if topic is not None]
    first = FIRST_IDS[owner]
    items = (
        _item(topic, owner, first + place, _created(place, len(topics)))
        for place, topic in enumerate(topics)
    )
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)


def main() -> None:
    """Write the file of each owner beside this module."""
    for owner in FIRST_IDS:
        (HERE / f"{owner}.jsonl").write_text(jsonl(owner), "utf-8")


if __name__ == "__main__":
    main()
