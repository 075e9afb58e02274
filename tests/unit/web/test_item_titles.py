"""Errors name items by their titles where a page knows them."""

from web.pages.item_titles import with_titles

TITLES = {"a": "Cells", "item-2": "Roots: an introduction"}


def test_ids_in_a_list_become_titles() -> None:
    told = with_titles("Content that is no longer there: a, item-2, item-3, … (+2).", TITLES)
    assert told == (
        "Content that is no longer there: “Cells”, “Roots: an introduction”, item-3, … (+2)."
    )


def test_a_reason_behind_an_id_stays() -> None:
    detail = "The content source gave something that is not content: a (title: it is missing)."
    assert with_titles(detail, TITLES).endswith("not content: “Cells” (title: it is missing).")


def test_an_id_at_the_end_becomes_a_title() -> None:
    detail = "Each worker that rendered the export ended before it was done; the last at item a."
    assert with_titles(detail, TITLES).endswith("the last at item “Cells”.")


def test_a_word_that_is_an_id_too_stays_a_word() -> None:
    assert with_titles("It is a mistake.", TITLES) == "It is a mistake."
