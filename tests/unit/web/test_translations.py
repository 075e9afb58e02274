"""What the service says to people is said in every language, and formed as that language has it."""

from datetime import UTC, datetime

import pytest
from jinja2 import Environment

from activities.model.catalog import formats
from activities.model.job_formats import bundle
from activities.model.problems import EXPORT_TOO_LARGE
from activities.people.amounts import at_moment, size
from activities.people.languages import (
    LANGUAGES,
    SOURCE,
    accepted_language,
    known_language,
    speaking,
)
from activities.people.words import SERVICE, Words
from scripts.translations import TRANSLATED, faults
from web.pages.template_engine import template_config
from web.pages.words import PAGES, ngettext, said


@pytest.mark.parametrize("tag", TRANSLATED)
@pytest.mark.parametrize("words", [SERVICE, PAGES], ids=["service", "pages"])
def test_nothing_is_left_untranslated(words: Words, tag: str) -> None:
    found = list(faults(words, tag))
    told = "\n".join(found[:20])
    assert not found, (
        f"{len(found)} strings. Run `python scripts/translations.py update`, fill in what "
        f"`python scripts/translations.py check` lists:\n{told}"
    )


def test_languages_are_those_promised() -> None:
    assert set(LANGUAGES) == {"ar", "de", "en", "es", "fr", "hi", "ja", "ko", "pt", "zh"}
    assert [tag for tag, each in LANGUAGES.items() if each.direction == "rtl"] == ["ar"]


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("de-AT,en;q=0.5", "de"),
        ("xx, ja;q=0.2, pt-BR;q=0.8", "pt"),
        ("zh-Hant-TW", "zh"),
        ("en;q=0, ko;q=0.1", "ko"),
        ("xx", None),
        ("", None),
        ("de;q=nonsense", None),
        ("DE;Q=0.9, fr;q=0.8", "de"),
    ],
)
def test_the_most_wanted_language_is_spoken(header: str, tag: str | None) -> None:
    found = accepted_language(header)
    assert (found.tag if found else None) == tag


def test_locales_of_claims_name_languages() -> None:
    assert known_language("zh_CN") is LANGUAGES["zh"]
    assert known_language("tlh") is None


def test_details_of_problems_are_told_in_the_language_spoken() -> None:
    with speaking(LANGUAGES["de"]):
        assert said("Your sign-in needs the scope export:read.") == (
            "Deine Anmeldung braucht das Recht export:read."
        )
        assert said("The export has no file.") == "Der Export hat keine Datei."
        assert PAGES.gettext(EXPORT_TOO_LARGE.title) == "Der Export ist zu groß"
        assert 'lang="en"' in said("A <sentence> that nobody translated.")
        assert "<sentence>" not in said("A <sentence> that nobody translated.")
    with speaking(SOURCE):
        assert said("The export has no file.") == "The export has no file."


def test_warnings_and_errors_of_jobs_are_told_in_the_language_spoken() -> None:
    with speaking(LANGUAGES["de"]):
        assert said("Control characters removed: 3.") == "Entfernte Steuerzeichen: 3."
        assert said("Word (DOCX), Anki deck: Control characters removed: 3.") == (
            "Word (DOCX), Anki-Stapel: Entfernte Steuerzeichen: 3."
        )
        assert said("Characters of the script Vai for which there is no font: 1 (ꕙ (U+A559)).") == (
            "Zeichen der Schrift Vai, für die es keine Schriftart gibt: 1 (ꕙ (U+A559))."
        )
        assert said("Parts that the format has no place for, Outline: 2.") == (
            "Teile, für die das Format keinen Platz hat, Gliederung: 2."
        )
        stem = "Aus diesem Inhalt konnte die Datei nicht erstellt werden"
        assert said("The file could not be made from this content; it failed at item a-1.") == (
            f"{stem}; Fehler beim Inhalt a-1."
        )
        assert said("The file could not be made from this content: a-1, a-2.") == (
            f"{stem}: a-1, a-2."
        )


def test_every_limit_and_hint_of_a_format_has_its_translation() -> None:
    with speaking(LANGUAGES["ja"]):
        for entry in (*formats().values(), bundle()):
            for text in filter(None, (entry.limits, entry.opening)):
                assert SERVICE.sentence(text) not in {None, text}, text


def test_amounts_and_dates_are_those_of_the_language() -> None:
    moment = datetime(2024, 3, 4, 10, 30, tzinfo=UTC)
    told = {}
    for tag in ("en", "de", "fr", "ja"):
        with speaking(LANGUAGES[tag]):
            told[tag] = (
                at_moment(moment),
                size(1_500_000).replace("\xa0", " ").replace("\u202f", " "),
            )
    assert told == {
        "en": ("4 March 2024, 10:30 UTC", "1.5 MB"),
        "de": ("4. März 2024, 10:30 UTC", "1,5 MB"),
        "fr": ("4 mars 2024 à 10:30 UTC", "1,5 Mo"),
        "ja": ("2024年3月4日 10:30 (UTC)", "1.5 MB"),
    }


def test_arabic_has_a_form_for_each_kind_of_number() -> None:
    with speaking(LANGUAGES["ar"]):
        forms = PAGES.forms("%(num)s item", "%(num)s items")
        assert set(forms) == {"zero", "one", "two", "few", "many", "other"}
        assert ngettext("%(num)s item", "%(num)s items", 5) == "%(num)s عناصر"


def test_a_declared_word_cannot_bring_markup_in() -> None:
    templates = template_config("").instance
    assert templates is not None
    environment: Environment = templates.engine
    assert environment.from_string("{{ '<b>' | worded }}").render() == "&lt;b&gt;"
