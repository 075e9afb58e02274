"""People erase everything of theirs by a word that they type, and operators that of an owner."""

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.people.erasures import Erasures
from tests.pages.visitor import Visitor
from tests.services.export.api_kit import Api, owner_id

ADMIN = "export:admin"
FORM = "/settings/erase"


def complete(api: Api, erasure_id: str) -> None:
    """Let it be as if workers had done it."""

    async def end(database: Database) -> None:
        erasure = await Erasures(database).get(erasure_id)
        assert erasure is not None
        await Erasures(database).complete(erasure, utc_now())

    api.in_database(end)


def test_who_types_the_word_is_signed_out_and_told_when_it_is_done(api: Api) -> None:
    owner = owner_id()
    with Visitor(api, owner) as visitor, Visitor(api, owner) as elsewhere:
        form = visitor.get("/settings").form(FORM)
        wrong = visitor.send(FORM, form | {"word": "delet"})
        assert wrong.status == 400
        assert wrong.alert == "Type the word as it stands there."
        signed_in = elsewhere.get("/exports").texts("//h1")

        sent = visitor.post(FORM, form | {"word": " Delete "})
        assert sent.status_code == 200, sent.text
        place = sent.url.path
        page = visitor.get(place)
        assert page.texts("//h1") == ["Everything of yours is being deleted"]
        assert page.find("//meta[@http-equiv='refresh']")
        assert visitor.get("/exports").texts("//h1") != signed_in
        assert elsewhere.get("/exports").texts("//h1") != signed_in

        complete(api, place.rpartition("/")[2])
        page = visitor.get(place)
        assert page.texts("//h1") == ["Everything of yours is deleted"]
        assert not page.find("//meta[@http-equiv='refresh']")
        assert owner not in page.text


def test_the_word_is_that_of_the_language(api: Api) -> None:
    with Visitor(api, owner_id()) as visitor:
        page = visitor.get("/settings", lang="de")
        assert "löschen" in page.texts("//label")[0]
        sent = visitor.post(FORM, page.form(FORM) | {"word": "Löschen"})
        assert sent.url.path.startswith("/erased/")
        complete(api, sent.url.path.rpartition("/")[2])


def test_an_operator_names_the_owner_twice(api: Api) -> None:
    owner = owner_id()
    form = "/admin/owners/erase"
    with Visitor(api, "an-operator", ADMIN) as operator:
        fields = operator.get("/admin/owners").form(form)
        page = operator.send(form, fields | {"owner": owner, "again": owner[:-1]})
        assert (page.status, bool(page.alert)) == (400, True)
        assert owner not in str(page.texts("//tbody"))
        page = operator.send(form, fields | {"owner": owner, "again": owner})
        assert owner in page.texts("//tbody/tr[1]/td[1]")
        audit = operator.get("/admin/audit", owner=owner)
        assert "Erasure asked for" in audit.texts("//tbody/tr[1]")[0]
