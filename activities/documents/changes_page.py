"""What has changed, in words: the page that comes first in an export of what changed.

It is an item like all others, so that every format shows it as it shows items: a chapter, a sheet's
rows, a record.
"""

import re
from collections.abc import Sequence
from types import MappingProxyType

import msgspec

from activities.documents.colophon import shown_day
from activities.documents.labels import primary_language
from activities.model.changes import CHANGES_ID, Changes, NamedItem
from activities.model.content import Item, Scalar
from activities.model.times import in_utc


class ChangesWords(msgspec.Struct, frozen=True):
    """The words in one language."""

    title: str
    since: str
    """`{}` is the day."""
    new: str
    changed: str
    gone: str


_ENGLISH = ChangesWords("What has changed", "Since {}", "New", "Changed", "No longer there")
_WORDS = MappingProxyType(
    {
        "en": _ENGLISH,
        "de": ChangesWords("Was sich geändert hat", "Seit dem {}", "Neu", "Geändert", "Entfallen"),
        "es": ChangesWords("Qué ha cambiado", "Desde el {}", "Nuevo", "Modificado", "Eliminado"),
        "fr": ChangesWords("Ce qui a changé", "Depuis le {}", "Nouveau", "Modifié", "Supprimé"),
        "el": ChangesWords("Τι άλλαξε", "Από τις {}", "Νέα", "Τροποποιημένα", "Δεν υπάρχουν πια"),
        "ar": ChangesWords("ما الذي تغيّر", "منذ {}", "جديد", "معدَّل", "لم يعد موجودًا"),
        "he": ChangesWords("מה השתנה", "מאז {}", "חדש", "השתנה", "כבר אינו קיים"),
        "fa": ChangesWords("چه چیزی تغییر کرده است", "از {}", "جدید", "تغییریافته", "حذف‌شده"),
        "ur": ChangesWords("کیا بدلا ہے", "{} سے", "نیا", "تبدیل شدہ", "اب موجود نہیں"),
        "hi": ChangesWords("क्या बदला है", "{} से", "नया", "बदला हुआ", "अब मौजूद नहीं"),
        "ja": ChangesWords("変更点", "{}以降", "新規", "変更あり", "削除済み"),
        "ko": ChangesWords("변경된 내용", "{} 이후", "새 항목", "변경됨", "더 이상 없음"),
        "pt": ChangesWords("O que mudou", "Desde {}", "Novo", "Alterado", "Não existe mais"),
        "zh": ChangesWords("变更内容", "自{}起", "新增", "已更改", "已移除"),
    }
)

# What begins a block of Markdown (CommonMark 0.31, 4 and 5) unless it is escaped.
_BEGINS_BLOCK = re.compile(r"(?=[#>*+=~|`:-])|(?<=\d)(?=[.)])")


def changes_words(language: str) -> ChangesWords:
    """The words for a BCP 47 tag: by its primary language, English where there are none."""
    return _WORDS.get(primary_language(language), _ENGLISH)


def changes_page(changes: Changes, language: str) -> Item:
    """What has changed as an item in a language (a BCP 47 tag)."""
    words = changes_words(language)
    groups = [
        (words.new, changes.new),
        (words.changed, changes.changed),
        (words.gone, changes.gone),
    ]
    ids: dict[str, Scalar | list[Scalar]] = {
        name: [each.id for each in items]
        for name, items in (
            ("new", changes.new),
            ("changed", changes.changed),
            ("gone", changes.gone),
        )
        if items
    }
    return Item(
        id=CHANGES_ID,
        owner_id="",
        title=words.title,
        language=language,
        version=1,
        created_at=changes.since,
        updated_at=changes.newest,
        study_guide="\n\n".join(_group(name, items) for name, items in groups if items),
        metadata={
            "since": in_utc(changes.since),
            **({"since_job_id": changes.since_job_id} if changes.since_job_id else {}),
            **ids,
        },
    )


def changes_heading(item: Item) -> str:
    """What stands above the lists: since when."""
    return changes_words(item.language).since.format(shown_day(item.created_at, item.language))


def _group(name: str, items: Sequence[NamedItem]) -> str:
    return f"## {name} ({len(items)})\n\n" + "\n".join(
        f"- {list_entry(each.title, each.id)}" for each in items
    )


def list_entry(title: str, item_id: str) -> str:
    """The title of an item as what a list's entry begins with, in Markdown; its id without one."""
    title = " ".join(title.split()) or item_id
    first = re.match(r"\d*", title)
    start = first.end() if first else 0
    escaped = _BEGINS_BLOCK.sub(r"\\", title[: start + 1], count=1)
    return escaped + title[start + 1 :]
