"""Finding items by facets, collections and words: in order, each owner's own, from indexes."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text

from activities.common.database import Database, transaction
from activities.content.schema import collections, content, facets, titles
from activities.content.source import FACETED_MAX, Filters, Sort
from activities.content.sql import SqlContent
from activities.content.sql_search import matching
from activities.formats.testing.items import item
from activities.model.content import CollectionPlace, Item
from activities.model.content_index import Indexed, index_rows
from activities.model.facets import VALUES_MAX, FacetValue
from tests.unit.jobs.jobs_kit import executed_statements

pytestmark = pytest.mark.anyio

OWNER = "teacher-1"
STRANGER = "teacher-2"
START = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture
def source(database: Database) -> SqlContent:
    return SqlContent(database)


def lesson(number: int, *, metadata: Any = None, **fields: Any) -> Item:
    return item(
        f"item-{number}",
        created_at=START + timedelta(days=number),
        metadata=metadata,
        **fields,
    )


def place(position: float | None, course: str = "course-1", title: str = "Cells") -> list[Any]:
    return [CollectionPlace(course, title, position)]


async def found(
    source: SqlContent, filters: Filters, sort: Sort = "-created_at", *, owner: str = OWNER
) -> list[int]:
    heads = (await source.search(owner, filters, 100, sort=sort)).heads
    return [int(head.id.removeprefix("item-")) for head in heads]


def having(**facets: Iterable[str] | str) -> Filters:
    return Filters(
        facets=tuple(
            (name, (values,) if isinstance(values, str) else tuple(values))
            for name, values in facets.items()
        )
    )


async def test_items_are_found_by_what_their_metadata_say(source: SqlContent) -> None:
    await source.store(
        [
            lesson(1, metadata={"subject": "Biology", "tags": ["cell", "plant"]}),
            lesson(2, metadata={"subject": "biology ", "tags": "cell", "grade": 9}),
            lesson(3, metadata={"subject": ["Physics", "Biology"], "grade": 9.0}),
            lesson(4, metadata={"subject": None, "tags": []}, language="de"),
            lesson(5, metadata={"subject": "Biology"}, owner_id=STRANGER),
        ]
    )
    assert await found(source, having(subject="BIOLOGY")) == [3, 2, 1]
    assert await found(source, having(subject="Biology", tags="cell")) == [2, 1]
    assert await found(source, having(tags=["plant", "cell", "none"])) == [2, 1]
    assert await found(source, having(grade="9")) == [3, 2]
    assert await found(source, having(language="DE")) == [4]
    assert await found(source, having(language=["de", "en"], subject="physics")) == [3]
    assert await found(source, having(subject="Chemistry")) == []
    assert await found(source, having(subject="Biology"), owner=STRANGER) == [5]


async def test_counts_of_a_facet_are_of_what_matches_the_others(source: SqlContent) -> None:
    await source.store(
        [
            lesson(1, metadata={"subject": "Biology", "tags": ["a", "a", "b"]}),
            lesson(2, metadata={"subject": "biology", "tags": ["a"]}),
            lesson(3, metadata={"subject": "Physics", "tags": ["b"]}, language="de"),
            lesson(4, metadata={"subject": "Physics"}, owner_id=STRANGER),
        ]
    )
    counted = await source.facets(OWNER, having(subject="Physics"), ["subject", "tags", "none"])
    assert counted == {
        "subject": [FacetValue("Biology", 2), FacetValue("Physics", 1)],
        "tags": [FacetValue("b", 1)],
        "none": [],
    }
    counted = await source.facets(OWNER, Filters(), ["tags", "language"])
    assert counted == {
        "tags": [FacetValue("a", 2), FacetValue("b", 2)],
        "language": [FacetValue("en", 2), FacetValue("de", 1)],
    }


async def test_odd_metadata_are_passed_over_or_taken_as_they_are_meant(source: SqlContent) -> None:
    many = [f"tag {number}" for number in range(VALUES_MAX + 5)]
    hostile = ["'; DROP TABLE content_facet; --", "%", "_", "\0", "\u202egnp.exe", "<b>x</b>"]
    await source.store(
        [
            lesson(1, metadata={"tags": many}),
            lesson(2, metadata={"tags": [*hostile, True, 2.5, None, "x" * 5_000]}),
            lesson(3, metadata={"x" * 5_000: "y", "": "y", "subject": "e\u0301te\u0301"}),
        ]
    )
    assert await found(source, having(tags=f"tag {VALUES_MAX - 1}")) == [1]
    for value in (*hostile[:3], "true", "2.5", "<B>X</B>"):
        assert await found(source, having(tags=value)) == [2], value
    assert await found(source, having(subject="ÉTÉ")) == [3]
    assert await found(source, having(tags="\0")) == []


async def test_items_of_a_collection_come_by_their_positions(source: SqlContent) -> None:
    await source.store(
        [
            lesson(1, collections=place(None)),
            lesson(2, collections=place(2)),
            lesson(3, collections=place(1.5)),
            lesson(4, collections=place(2)),
            lesson(5, collections=place(None)),
            lesson(6, collections=place(-1), metadata={"subject": "x"}),
            lesson(7, collections=place(0, "course-2")),
            lesson(8, collections=place(0), owner_id=STRANGER),
            lesson(9, collections=[*place(9), *place(0)]),
        ]
    )
    course = Filters(collection_id="course-1")
    assert await found(source, course, "position") == [6, 3, 2, 4, 9, 1, 5]
    assert await found(source, course) == [9, 6, 5, 4, 3, 2, 1]
    assert await found(source, course, "created_at") == [1, 2, 3, 4, 5, 6, 9]
    assert await found(source, Filters(collection_id="course-3"), "position") == []
    assert (await source.search(OWNER, course, 2, skip=1, sort="position")).matching == 7


async def test_collections_are_listed_by_title_with_the_number_of_their_items(
    source: SqlContent,
) -> None:
    await source.store(
        [
            lesson(1, collections=place(1, "b", "Course 10")),
            lesson(2, collections=place(2, "b", "Another title")),
            lesson(3, collections=[*place(1, "a", "Course 2"), *place(1, "c", "**Äpfel**")]),
            lesson(4, collections=place(1, "a", "Theirs"), owner_id=STRANGER),
        ]
    )
    listed = await source.collections(OWNER, size=9)
    assert [(each.id, each.title, each.count) for each in listed.items] == [
        ("c", "**Äpfel**", 1),
        ("a", "Course 2", 1),
        ("b", "Course 10", 2),
    ]
    stretch = await source.collections(OWNER, skip=1, size=1)
    assert ([each.id for each in stretch.items], stretch.total) == (["a"], 3)
    only = await source.collections(OWNER, size=1, only="b")
    assert [(each.title, each.count) for each in only.items] == [("Course 10", 2)]
    assert (await source.collections(OWNER, size=1, only="none")).items == []


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Photosynthesis", "SYNTH"),
        ("The **water** cycle", "the water cycle"),
        ("Términos clave", "terminos"),
        ("Te\u0301rminos", "TÉRMINOS"),
        ("İstanbul", "istanbul"),
        ("Straße", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("光合作用", "合作"),
        ("التمثيل الضَّوئي", "الضوئي"),
        ("प्रकाश संश्लेषण", "संश्लेषण"),
        ("ｆｕｌｌ width", "full"),
        ("100 % sure_", "% sure_"),
        ("soft\xadware", "software"),
        ("A 'quoted' \\ title", "'quoted' \\"),
    ],
)
async def test_words_are_found_as_people_type_them(
    source: SqlContent, title: str, words: str
) -> None:
    await source.store([lesson(1, title=title), lesson(2, title="Another one")])
    assert await found(source, Filters(text=words)) == [1]


@pytest.mark.parametrize("words", ["%", "_", "100", "\\", "*", "\0", "cycle water nothing"])
async def test_nothing_in_a_text_is_a_wildcard(source: SqlContent, words: str) -> None:
    await source.store([lesson(1, title="The water cycle")])
    assert await found(source, Filters(text=words)) == ([1] if words == "\0" else [])


async def test_conditions_hold_together_and_in_each_order(source: SqlContent) -> None:
    await source.store(
        [
            lesson(1, title="Lesson 10", study_guide="x", metadata={"subject": ["a", "b"]}),
            lesson(2, title="lesson 2", metadata={"subject": "a"}, updated_at=START),
            lesson(3, title="Lésson 1", study_guide="x", metadata={"subject": "b"}),
        ]
    )
    both = having(subject=["a", "b"])
    assert await found(source, both, "title") == [3, 2, 1]
    assert await found(source, both, "-title") == [1, 2, 3]
    assert await found(source, both, "created_at") == [1, 2, 3]
    assert await found(source, Filters(), "title") == [3, 2, 1]
    assert (await found(source, Filters(), "updated_at"))[0] == 2
    assert (await found(source, both, "-updated_at"))[-1] == 2
    narrow = Filters(
        date_to=START + timedelta(days=2),
        content_types=("study_guide",),
        text="lesson",
        facets=both.facets,
    )
    assert await found(source, narrow) == [1]


async def test_what_is_changed_or_removed_is_found_no_more(
    source: SqlContent, database: Database
) -> None:
    old = {"subject": "Old", "tags": ["a", "b"]}
    await source.store([lesson(1, metadata=old, collections=place(1), title="Old")])
    await source.store([lesson(1, metadata={"subject": "New"}, title="New"), lesson(2)])
    for gone in (having(subject="Old"), Filters(collection_id="course-1"), Filters(text="old")):
        assert await found(source, gone) == []
    assert (await source.collections(OWNER, size=9)).total == 0
    assert await found(source, having(subject="New")) == [1]
    remove = text("DELETE FROM content_item WHERE id = 'item-1'")
    await database.run(lambda connection: connection.execute(remove))

    def left(connection: Connection) -> int:
        tables = (titles, facets, collections)
        return sum(
            len(connection.execute(table.select().where(table.c.id == "item-1")).all())
            for table in tables
        )

    assert await database.read(left) == 0


@pytest.fixture
async def many(database: Database) -> None:
    """An owner of so many items that reading all of them would be noticed."""

    def fill(connection: Connection) -> None:
        rows: dict[str, list[dict[str, Any]]] = {}
        for number in range(3_000):
            each = Indexed(
                OWNER,
                f"item-{number}",
                f"Lesson {number}",
                START + timedelta(minutes=number),
                START,
                ["outline"],
                "en",
                {"subject": "rare" if number % 1_000 == 0 else "common"},
                place(number, f"course-{number % 100}"),
            )
            for name, found in index_rows(each).items():
                rows.setdefault(name, []).extend(found)
            rows.setdefault(content.name, []).append(
                {
                    **{column.name: False for column in content.c if "has_" in column.name},
                    "owner_id": OWNER,
                    "id": each.id,
                    "title": each.title,
                    "created_at": each.created_at,
                    "document": "{}",
                }
            )
        with transaction(connection):
            for table in (content, titles, facets, collections):
                connection.execute(insert(table), rows[table.name])
        connection.execute(text("ANALYZE"))

    await database.run(fill)


@pytest.mark.parametrize(
    ("filters", "sort"),
    [
        (having(subject="rare"), "-created_at"),
        (having(subject="common"), "-created_at"),
        (having(subject=["rare", "none"], language="en"), "created_at"),
        (having(subject="rare"), "title"),
        (Filters(collection_id="course-7"), "position"),
        (Filters(collection_id="course-7", facets=(("subject", ("common",)),)), "-created_at"),
        (Filters(text="lesson"), "-created_at"),
        (Filters(), "title"),
        (Filters(), "-updated_at"),
    ],
    ids=str,
)
async def test_no_table_is_read_whole(
    database: Database, many: None, filters: Filters, sort: Sort
) -> None:
    query = matching(database.dialect, OWNER, filters, sort, 20)

    def plan(connection: Connection) -> str:
        compiled = str(query.compile(connection.engine, compile_kwargs={"literal_binds": True}))
        explain = "EXPLAIN" if database.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
        lines = connection.exec_driver_sql(f"{explain} {compiled.replace('%', '%%')}")
        return "\n".join(str(row) for row in lines)

    told = await database.read(plan)
    assert not re.search(r"Seq Scan on|SCAN content_", told), told


async def test_a_page_costs_as_many_statements_as_it_has_questions(
    source: SqlContent, many: None
) -> None:
    with executed_statements() as executed:
        listed = await source.search(OWNER, having(subject="rare"), 2)
    assert (len(listed.heads), listed.matching, len(executed)) == (2, 3, 3)
    counted = await source.facets(OWNER, Filters(), ["subject"])
    assert counted == {"subject": [FacetValue("common", 2_997), FacetValue("rare", 3)]}
    assert FACETED_MAX >= 3_000
