"""Items of content to try a format with: small ones, complete ones, and hostile ones."""

import base64
import io
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from activities.model.content import Faq, Flashcard, Item, Outline, ReadingQuestion, Section

CREATED = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)
UPDATED = datetime(2024, 3, 4, 10, 30, tzinfo=UTC)


def item(item_id: str = "content-1", **fields: Any) -> Item:
    """An item with nothing but a title, and with `fields` set."""
    defaults: dict[str, Any] = {
        "owner_id": "teacher-1",
        "title": "Photosynthesis",
        "language": "en",
        "version": 3,
        "created_at": CREATED,
        "updated_at": UPDATED,
    }
    return Item(id=item_id, **(defaults | fields))


def png(width: int = 8, height: int = 4, color: str = "#2a7f62") -> bytes:
    """A PNG of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), color).save(file, "PNG")
    return file.getvalue()


def data_url(data: bytes, media_type: str = "image/png") -> str:
    """The data as an address that Markdown can name."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def plain_item(item_id: str = "content-plain") -> Item:
    """One paragraph of study guide, one question, one card."""
    return item(
        item_id,
        title="Water cycle",
        study_guide="Water evaporates, condenses and falls as rain.",
        faqs=[Faq("Why does it rain?", "Because clouds get heavy.", "faq-1")],
        flashcards=[Flashcard("Evaporation", "Liquid to gas", "card-1", ["physics"])],
    )


STUDY_GUIDE = f"""\
# Light reactions

Plants turn *light* into **chemical energy**; see [the overview](https://example.org/light?a=1&b=2)
or ~~ask~~ write to <mailto:help@example.org>.\\
A hard break came before this line. The enzyme `rubisco` waits[^rubisco].

## Steps

1. Absorb light
   - in *photosystem II*
   - in photosystem I
     1. first the antenna
     2. then the centre

   A second paragraph of the first step.
2. Split water: $2H_2O \\to 4H^+ + 4e^- + O_2$
3. Make ATP

- [x] read the chapter
- [ ] answer the questions

> The sun is the source.
>
> > And the leaf the factory.

## Numbers

| Stage | Place | Yield |
|:------|:-----:|------:|
| Light reactions | thylakoid | 3 ATP |
| Calvin cycle | **stroma** | 1 `G3P` |

$$
E = h \\nu = \\frac{{hc}}{{\\lambda}}
$$

```python
def yield_of(photons: int) -> float:
    return photons / 8  # molecules of O2
```

---

![A green field]({data_url(png())})

[^rubisco]: The most common protein on earth.

    It fixes carbon.
"""


def full_item(item_id: str = "content-full") -> Item:
    """Every part, and everything that Markdown can hold."""
    return item(
        item_id,
        title="Photosynthesis, *in depth*",
        outline=Outline(
            summary="How plants **feed** the world.",
            sections=[
                Section(
                    title="Light reactions",
                    summary="In the *thylakoid*.",
                    learning_objectives=["Explain `ATP` synthesis", "Name both photosystems"],
                    key_points=["Water is split", "Oxygen is set free"],
                    sections=[
                        Section(
                            title="Photosystem II",
                            key_points=["It comes first"],
                            sections=[Section(title="Antenna", summary="Collects photons.")],
                        ),
                        Section(title="Photosystem I"),
                    ],
                ),
                Section(title="Calvin cycle", learning_objectives=["Follow $CO_2$"]),
            ],
        ),
        study_guide=STUDY_GUIDE,
        faqs=[
            Faq("Why are leaves *green*?", "They reflect green light.", "faq-green"),
            Faq(
                "What is needed?",
                "Three things:\n\n- light\n- water\n- carbon dioxide\n\nAnd `time`.",
            ),
        ],
        flashcards=[
            Flashcard("Chlorophyll", "The green **pigment**", "card-1", ["pigment", "leaf"]),
            Flashcard("$O_2$", "Oxygen"),
        ],
        reading_guide_questions=[
            ReadingQuestion("Where does the *oxygen* come from?", "From water.", "q-1"),
            ReadingQuestion("What would happen without light?"),
        ],
        metadata={
            "model": "writer-2",
            "target_audience": ["grade 9", "grade 10"],
            "words": 1212,
            "reviewed": True,
            "reviewer": None,
        },
        quality_metrics={"overall": 0.91, "readability": 0.88, "drift": -0.5},
    )


def chinese_item() -> Item:
    """A short one in Chinese."""
    return item(
        "content-zh",
        title="光合作用",
        language="zh-CN",
        study_guide="# 光反应\n\n植物把**光能**转化为\n化学能。\n\n"
        "| 阶段 | 产物 |\n|---|---|\n| 光反应 | 氧气 |",
        faqs=[Faq("叶子为什么是绿色的？", "因为叶绿素反射绿光。")],
        flashcards=[Flashcard("叶绿素", "绿色色素", tags=["生物"])],
    )


def arabic_item() -> Item:
    """A short one in Arabic."""
    return item(
        "content-ar",
        title="التمثيل الضوئي",
        language="ar",
        study_guide="# تفاعلات الضوء\n\nتحوّل النباتات **الضوء** إلى طاقة (ATP) بنسبة 42%.\n\n"
        "1. الماء\n2. الهواء",
        faqs=[Faq("لماذا الأوراق خضراء؟", "لأنها تعكس الضوء الأخضر.")],
    )


def hindi_item() -> Item:
    """A short one in Hindi."""
    return item(
        "content-hi",
        title="प्रकाश संश्लेषण",
        language="hi",
        study_guide="# प्रकाश अभिक्रिया\n\nपौधे **प्रकाश** को रासायनिक ऊर्जा में बदलते हैं।\n\n- जल\n- वायु",
        faqs=[Faq("पत्तियाँ हरी क्यों होती हैं?", "क्योंकि वे हरा प्रकाश परावर्तित करती हैं।")],
    )


def greek_item() -> Item:
    """A short one in Greek, with emoji."""
    return item(
        "content-el",
        title="Φωτοσύνθεση 🌱👩🏽‍🔬",
        language="el",
        study_guide="# Φως\n\nΤα φυτά μετατρέπουν το **φως** σε ενέργεια 🌞.",
        faqs=[Faq("Γιατί είναι πράσινα;", "Λόγω της χλωροφύλλης 🍃.")],
    )


def hostile_item(item_id: str = "content-hostile") -> Item:
    """An item as an attacker or a broken generator would write it."""
    return item(
        item_id,
        title='=HYPERLINK("http://evil.example","x")\x00 <b>bold',
        language='en"><script>',
        outline=Outline(
            summary="\x01\x02summary\ufffe",
            sections=[Section(title="+1+1", key_points=["@SUM(A1)", "-2+3", "\x1bescape"])],
        ),
        study_guide=(
            "<img src=/etc/passwd> <script>alert(1)</script> &lt;b&gt; &#12;form feed\n\n"
            "[click](javascript:alert(1)) [file](file:///etc/passwd) <javascript:alert(2)>\n\n"
            "![local](/etc/passwd) ![remote](http://169.254.169.254/latest) "
            "![svg](data:image/svg+xml;base64,PHN2Zy8+) "
            "![broken](data:image/png;base64,iVBORw0K)\n\n"
            "<b>never closed **bold `code\n\n"
            "]]> <![CDATA[ <!-- --> %PDF-1.4 (paren) \\( &amp; &nbsp;end"
        ),
        faqs=[
            Faq("=cmd|'/c calc'!A0", "\t=1+1"),
            Faq("＝1+1", "\r\n@formula\x0b"),
            Faq("  -1", '"quoted", with comma\nand a newline'),
        ],
        flashcards=[Flashcard("\x00", "]]>", tags=["=tag", "</w:t>"])],
        reading_guide_questions=[ReadingQuestion("<w:p/>", "{{7*7}} ${7*7} %n")],
        metadata={"=key": "=value", "\x07bell": "\x07", "url": "javascript:alert(1)"},
        quality_metrics={"-metric": -1.5, "tiny": 1e-12},
    )


def world_items() -> list[Item]:
    """The complete item, and one in each script that the formats must carry."""
    return [full_item(), chinese_item(), arabic_item(), hindi_item(), greek_item()]
