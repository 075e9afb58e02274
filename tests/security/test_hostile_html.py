"""HTML that is out to hurt: what it holds runs nowhere, and costs no more than other text."""

import time

import pytest

from activities.documents.budget import TOKENS_MAX
from activities.documents.build import build
from activities.documents.plain import plain_blocks
from activities.formats.testing import EVERYTHING, Recorder, render
from activities.formats.testing.items import item
from activities.model.catalog import formats
from activities.model.content import Flashcard
from tests.security.dangerous import DANGEROUS_IN

VECTORS = (
    '<a href="javascript:alert(1)">mark</a>',
    '<a href="java&#x0A;script:alert(1)">mark</a>',
    '<a href="&#106;avascript:alert(1)">mark</a>',
    '<a href="data:text/html,<script>alert(1)</script>">mark</a>',
    '<a href="file:///etc/passwd">mark</a>',
    '<a href="https://e.org" onclick="alert(1)">mark</a>',
    '<p style="background:url(javascript:alert(1));width:expression(alert(1))">mark</p>',
    "<img src=x onerror=alert(1)>mark",
    '<svg onload="alert(1)"><script>alert(1)</script></svg>mark',
    "<svg><style><img src=x onerror=alert(1)></style></svg>mark",
    "<math><mtext></p><style><img src=x onerror=alert(1)></style></mtext></math>mark",
    '<math><annotation-xml encoding="text/html"><script>alert(1)</script></math>mark',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">mark</noscript>',
    '<form><input name="attributes"><button formaction="javascript:alert(1)">mark</button></form>',
    '<iframe srcdoc="<script>alert(1)</script>" src="javascript:alert(1)"></iframe>mark',
    '<object data="javascript:alert(1)"></object><embed src="file:///etc/passwd">mark',
    '<style>@import "https://e.org/x.css";</style><link rel=stylesheet href=//e.org>mark',
    '<base href="javascript:"><meta http-equiv=refresh content="0;url=javascript:alert(1)">mark',
    '<table><style><a title="</style><img src=x onerror=alert(1)>"></table>mark',
    "<template><script>alert(1)</script></template>mark",
    '<a href="https://e.org/\u202egpj.exe">mark</a>',
    "=cmd|' /C calc'!A0<p>=1+1</p>mark",
)


@pytest.mark.parametrize("text_format", ["html", "markdown"])
@pytest.mark.parametrize("format_id", sorted(formats()))
def test_nothing_in_a_file_is_active(format_id: str, text_format: str) -> None:
    items = [
        item(
            f"content-{number}",
            study_guide=vector,
            flashcards=[Flashcard("Q", vector, "card-1")],
            text_format=text_format,
        )
        for number, vector in enumerate(VECTORS)
    ]
    data, _ = render(format_id, items, EVERYTHING)
    assert list(DANGEROUS_IN[format_id](data)) == []


@pytest.mark.parametrize("vector", VECTORS)
def test_what_surrounds_an_attack_is_still_there(vector: str) -> None:
    document = build(item(study_guide=vector, text_format="html"), EVERYTHING, Recorder())
    [guide] = [part for part in document.parts if part.name == "study_guide"]
    text = plain_blocks(guide.blocks)
    assert "mark" in text
    assert "alert" not in text


@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 100_000 + "deep",
        "<b>" * 100_000 + "deep",
        "<ul><li>" * 50_000 + "deep",
        "<table><tr><td>" * 30_000 + "deep",
        "<p " + " ".join(f"a{number}=1" for number in range(90_000)) + ">deep",
        "<p>" + "&amp;&#x41;&notanentity;" * 40_000 + "deep",
        "<table><tr>" + "<td colspan=1000 rowspan=60000>" * 30_000 + "deep",
        "<p>a</p>" * (TOKENS_MAX // 2) + "deep",
    ],
    ids=["blocks", "styles", "lists", "tables", "attributes", "entities", "spans", "elements"],
)
def test_masses_cost_little_and_lose_no_text(source: str) -> None:
    started = time.process_time()
    document = build(item(study_guide=source, text_format="html"), EVERYTHING, Recorder())
    assert time.process_time() - started < 15
    assert "deep" in "".join(plain_blocks(part.blocks) for part in document.parts)
