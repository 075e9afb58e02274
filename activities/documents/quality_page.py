"""What is below the quality asked for, in words: the page that then comes last.

It is an item like all others, so that every format shows it as it shows items: a chapter, a sheet's
rows, a record. Formats that hold nothing but cards and questions have the same as lines of text.
"""

import re
from datetime import datetime
from types import MappingProxyType

import msgspec

from activities.documents.changes_page import list_entry
from activities.documents.control_characters import remove_control_characters
from activities.documents.labels import primary_language
from activities.model.content import Item
from activities.model.options import DocumentOptions, RenderOptions
from activities.model.quality import QUALITY_ID, BelowQuality, PoorItem, number_text

_SIGN = re.compile(r"([\\`*_\[\]&$~^|]|<(?! ))")
"""What may be markup within a line of Markdown, and is itself behind a backslash."""


class QualityWords(msgspec.Struct, frozen=True):
    """The words in one language."""

    title: str
    left_out: str
    marked: str


_ENGLISH = QualityWords("Below the quality asked for", "Left out", "Included and marked")
_WORDS = MappingProxyType(
    {
        "en": _ENGLISH,
        "de": QualityWords("Unter der verlangten Qualität", "Weggelassen", "Enthalten, markiert"),
        "es": QualityWords("Por debajo de la calidad pedida", "Omitido", "Incluido y marcado"),
        "fr": QualityWords("Sous la qualité demandée", "Omis", "Inclus et signalé"),
        "el": QualityWords("Κάτω από τη ζητούμενη ποιότητα", "Παραλείφθηκαν", "Με σήμανση"),
        "ar": QualityWords("دون الجودة المطلوبة", "مستبعد", "مضمَّن مع علامة"),
        "he": QualityWords("מתחת לאיכות המבוקשת", "הושמט", "כלול ומסומן"),
        "fa": QualityWords("پایین‌تر از کیفیت خواسته‌شده", "کنار گذاشته‌شده", "آمده با نشان"),
        "ur": QualityWords("مطلوبہ معیار سے کم", "چھوڑ دیا گیا", "شامل اور نشان زد"),
        "hi": QualityWords("माँगी गई गुणवत्ता से नीचे", "छोड़ा गया", "शामिल और चिह्नित"),
        "ja": QualityWords("求められた品質に満たないもの", "除外", "印を付けて収録"),
        "ko": QualityWords("요청한 품질에 못 미침", "제외됨", "표시하여 포함됨"),
        "pt": QualityWords("Abaixo da qualidade pedida", "Omitido", "Incluído e marcado"),
        "zh": QualityWords("低于要求的质量", "已略去", "已收录并标注"),
    }
)


def quality_words(language: str) -> QualityWords:
    """The words for a BCP 47 tag: by its primary language, English where there are none."""
    return _WORDS.get(primary_language(language), _ENGLISH)


def quality_page(below: BelowQuality, language: str, time: datetime) -> Item:
    """What is below the quality asked for as an item in a language (a BCP 47 tag)."""
    gate = below.gate
    entries = "\n".join(f"- {_entry(each)}" for each in below.items)
    return Item(
        id=QUALITY_ID,
        owner_id="",
        title=quality_words(language).title,
        language=language,
        version=1,
        created_at=time,
        updated_at=time,
        study_guide=f"## {_outcome(below, language)}\n\n{entries}",
        metadata={
            "metric": gate.metric,
            "at_least": gate.at_least,
            "action": gate.action,
            "below": [each.id for each in below.items],
        },
    )


def quality_heading(item: Item) -> str:
    """What stands above the list: what was asked for."""
    metadata = item.metadata or {}
    least = metadata["at_least"]
    assert isinstance(least, int | float)
    return f"{metadata['metric']} ≥ {number_text(least)}"


def quality_lines(below: BelowQuality | None, options: RenderOptions) -> list[str]:
    """The same as lines of plain text, without control characters; none of nothing."""
    if below is None:
        return []
    language = (options.language if isinstance(options, DocumentOptions) else None) or "en"
    return [
        f"{quality_words(language).title}: {_plain(below.gate.rule)}",
        f"{_outcome(below, language)}:",
        *(f"- {_plain(each.title) or each.id} ({_plain(each.shortfall)})" for each in below.items),
    ]


def _outcome(below: BelowQuality, language: str) -> str:
    words = quality_words(language)
    outcome = words.left_out if below.gate.action == "exclude" else words.marked
    return f"{outcome} ({len(below.items)})"


def _entry(item: PoorItem) -> str:
    shortfall = _SIGN.sub(r"\\\1", " ".join(item.shortfall.split()))
    return f"{list_entry(item.title, item.id)} ({shortfall})"


def _plain(text: str) -> str:
    return " ".join(remove_control_characters(text)[0].split())
