"""The Markdown that models and wikis write, beyond CommonMark."""

import time

import pytest

from activities.documents.labels import labels
from tests.unit.documents.notation import read, shown

EMPHASIS = [
    ("这是**重要：**请注意。", "这是<strong 重要：>请注意。"),
    ("这是**“引号”**的例子。", "这是<strong “引号”>的例子。"),
    ("これは**「重要なこと」**です。", "これは<strong 「重要なこと」>です。"),
    ("한국어 **마크다운(Markdown)**을 쓴다.", "한국어 <strong 마크다운(Markdown)>을 쓴다."),
    ("**หมายเหตุ:**ดู", "<strong หมายเหตุ:>ดู"),
    ("ดู**(ข้อ 1)**นะ", "ดู<strong (ข้อ 1)>นะ"),
    ("| **ໝາຍເຫດ:**ເບິ່ງ |\n|---|", "<strong ໝາຍເຫດ:>ເບິ່ງ"),
    ("- **សម្គាល់:**មើល", "• <strong សម្គាល់:>មើល"),
    ("> *မှတ်ချက်:*ကြည့်", "> <emphasis မှတ်ချက်:>ကြည့်"),
    ("这是*重要：*请", "这是<emphasis 重要：>请"),
    ("这是~~旧的。~~新的", "这是<strike 旧的。>新的"),
    ("これは_「重要」_です", "これは<emphasis 「重要」>です"),
    ("한국어 _강조(emphasis)_를", "한국어 <emphasis 강조(emphasis)>를"),
    ("**完成！**然后**继续。**最后", "<strong 完成！>然后<strong 继续。>最后"),
    ("ｶﾅ**「半角」**ｶﾅ", "ｶﾅ<strong 「半角」>ｶﾅ"),
    ("葛\U000e0100**「異体字」**です", "葛\U000e0100<strong 「異体字」>です"),
    ("𠮟**（シ）**る", "𠮟<strong （シ）>る"),
    ("第一章_光合作用_笔记", "第一章_光合作用_笔记"),
    ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
    ('a**"quoted"**b', 'a**"quoted"**b'),
    ("😀**(x)**y", "😀**(x)**y"),
]


@pytest.mark.parametrize(("source", "expected"), EMPHASIS)
def test_emphasis_ends_beside_east_asian_punctuation(source: str, expected: str) -> None:
    assert shown(source) == expected


MARKS = [
    ("==important== words", "<mark important> words"),
    ("==a **b**==", "<mark a ><mark <strong b>>"),
    ("这是==重点==内容", "这是<mark 重点>内容"),
    ("[==x==](https://a.org)", "<link https://a.org <mark x>>"),
    ("a == b == c, a==b and c==d", "a == b == c, a==b and c==d"),
    ("=== x ===", "=== x ==="),
    ("H~2~O and CO~2~", "H<subscript 2>O and CO<subscript 2>"),
    ("C~6~H~12~O~6~", "C<subscript 6>H<subscript 12>O<subscript 6>"),
    ("x~i,j~ and log~10~(x)", "x<subscript i,j> and log<subscript 10>(x)"),
    ("x^2^ + y^2^", "x<superscript 2> + y<superscript 2>"),
    (
        "10^-3^ m, Ca^2+^ ions, 1^st^",
        "10<superscript -3> m, Ca<superscript 2+> ions, 1<superscript st>",
    ),
    ("x^2^y", "x<superscript 2>y"),
    ("2^10 and 2^3, 3^2", "2^10 and 2^3, 3^2"),
    ("a^2+b^2=c^2", "a^2+b^2=c^2"),
    ("x^n+y^n, 2^m,3^m, (a)^2*(b)^2", "x^n+y^n, 2^m,3^m, (a)^2*(b)^2"),
    ("~/notes and ~/other, ~5 and ~10", "~/notes and ~/other, ~5 and ~10"),
    ("1~3,5~7 and 3~5명,6~8명", "1~3,5~7 and 3~5명,6~8명"),
    ("周一~周三和周五~周日", "周一~周三和周五~周日"),
    ("~~gone~~", "<strike gone>"),
    ("H\\~2\\~O x\\^2\\^", "H~2~O x^2^"),
    ("`H~2~O ==x==`", "<code H~2~O ==x==>"),
    ("^.^ and ~.~", "^.^ and ~.~"),
]


@pytest.mark.parametrize(("source", "expected"), MARKS)
def test_marks_show_and_signs_of_formulas_stay(source: str, expected: str) -> None:
    assert shown(source) == expected


ADDRESSES = [
    ("See https://example.org/a.", "See <link https://example.org/a https://example.org/a>."),
    ("(www.example.org)", "(<link http://www.example.org www.example.org>)"),
    ("write to me@example.org!", "write to <link mailto:me@example.org me@example.org>!"),
    ("mailto:me@example.org", "<link mailto:me@example.org mailto:me@example.org>"),
    (
        "https://a.org/A_(b), (https://a.org/c)",
        "<link https://a.org/A_(b) https://a.org/A_(b)>, (<link https://a.org/c https://a.org/c>)",
    ),
    ("https://a.org/__init__.py", "<link https://a.org/__init__.py https://a.org/__init__.py>"),
    ("**https://a.org/b**", "<link https://a.org/b <strong https://a.org/b>>"),
    ("https://a.org/?b=c&amp;d=e", "<link https://a.org/?b=c&d=e https://a.org/?b=c&d=e>"),
    ("https://a.org/a\\_b", "<link https://a.org/a_b https://a.org/a_b>"),
    ("请看https://a.org/b的说明。", "请看<link https://a.org/b https://a.org/b>的说明。"),
    ("见https://a.org/b。然后", "见<link https://a.org/b https://a.org/b>。然后"),
    ("https://a.org/b를 보라", "<link https://a.org/b https://a.org/b>를 보라"),
    (
        "https://zh.wikipedia.org/wiki/光",
        "<link https://zh.wikipedia.org/wiki/%E5%85%89 https://zh.wikipedia.org/wiki/光>",
    ),
    ("“https://a.org/b”", "“<link https://a.org/b https://a.org/b>”"),
    ("[see https://a.org](https://b.org)", "<link https://b.org see https://a.org>"),
    ("[www.a.org](https://b.org)", "<link https://b.org www.a.org>"),
    ("`https://a.org` <https://b.org>", "<code https://a.org> <link https://b.org https://b.org>"),
    ("ratio 1:2, a://b, www., x@y, @name, C:\\x", "ratio 1:2, a://b, www., x@y, @name, C:\\x"),
    ("javascript://alert(1) ftp://a.org", "javascript://alert(1) ftp://a.org"),
]


@pytest.mark.parametrize(("source", "expected"), ADDRESSES)
def test_bare_addresses_are_links(source: str, expected: str) -> None:
    assert shown(source) == expected
    blocks, codes = read(source)
    assert codes == []
    assert blocks


CALLOUTS = [
    ("> [!NOTE]\n> Remember.", "[note] Note\n  Remember."),
    ("> [!tip] Own *title*\n> Text", "[tip] Own <emphasis title>\n  Text"),
    ("> [!Important]\n>\n> - a\n> - b", "[important] Important\n  • a\n  • b"),
    ("> [!WARNING]- Folded\n> x", "[warning] Folded\n  x"),
    ("> [!CAUTION]", "[caution] Caution"),
    ("> [!danger]\n> x", "[caution] Caution\n  x"),
    ("> [!my-example]\n> x", "[note] My example\n  x"),
    ("> [!NOTE]\n> > [!TIP]\n> > x", "[note] Note\n  [tip] Tip\n    x"),
    ("- a\n  > [!NOTE]\n  > x", "• a\n  [note] Note\n    x"),
    ("> a\n> [!NOTE]", "> a [!NOTE]"),
    ("> [!]\n> x", "> [!] x"),
    ("> \\[!NOTE]", "> [!NOTE]"),
]


@pytest.mark.parametrize(("source", "expected"), CALLOUTS)
def test_alerts_are_callouts(source: str, expected: str) -> None:
    assert shown(source) == expected


def test_callouts_are_named_in_the_language_of_the_labels() -> None:
    languages = ("en", "de", "es", "fr", "el", "ar", "hi", "zh")
    for kind in ("note", "tip", "important", "warning", "caution", "details"):
        titles = [shown(f"> [!{kind}]\n> x", language).splitlines()[0] for language in languages]
        assert titles == [f"[{kind}] {labels(language).callout(kind)}" for language in languages]


LISTS = [
    (
        "1. **First**\n  - two\n2. **Second**\n  - again",
        "1. <strong First>\n   • two\n2. <strong Second>\n   • again",
    ),
    ("1. a\n  - b\n    - c\n  - d\n2. e", "1. a\n   • b\n     • c\n   • d\n2. e"),
    ("10. a\n   - b\n11. c", "10. a\n    • b\n11. c"),
    ("1. a\n\n  more\n\n2. b", "1. a\n   more\n2. b"),
    ("1. a\n  ```\n  x\n  ```\n2. b", "1. a\n       x\n2. b"),
    ("1. a\n  2. b", "1. a\n2. b"),
    ("- a\n - b\n  - c", "• a\n• b\n• c"),
    ("• a\n• b\n  • c", "• a\n• b\n  • c"),
    ("•a\n•b", "• a\n• b"),
    ("– a\n– b", "• a\n• b"),
    ("– Hello, she said.", "– Hello, she said."),
    ("a. x\nb. y\nc. z", "a. x\nb. y\nc. z"),
    ("A) x\nB) y", "A) x\nB) y"),
    ("i. x\nii. y\niii. z\niv. w", "i. x\nii. y\niii. z\niv. w"),
    ("I) x\nII) y", "I) x\nII) y"),
    ("h. x\ni. y\nj. z", "h. x\ni. y\nj. z"),
    ("Which?\na) x\nb) y", "Which?\na) x\nb) y"),
    ("1. Which?\n   a) x\n   b) y\n2. Why?", "1. Which?\n   a) x\n   b) y\n2. Why?"),
    ("a) x\nb) y\n   1. z\nc) w", "a) x\nb) y\n   1. z\nc) w"),
    ("1) x\n2) y", "1) x\n2) y"),
    ("A. Smith wrote it.", "A. Smith wrote it."),
    ("a. x\n\ntext\n\nb. y", "a. x\ntext\nb. y"),
    ("Text\n2. no list", "Text 2. no list"),
    ("- x\n\n      code", "• x\n      code"),
]


@pytest.mark.parametrize(("source", "expected"), LISTS)
def test_lists_are_read_as_they_were_meant(source: str, expected: str) -> None:
    assert shown(source) == expected


TABLES = [
    ("| a | b |\n|---|---|\n| `x | y` | $|z|$ |", "a | b\n<code x | y> | <math |z|>"),
    ("| a | b |\n|---|---|\n| 1 | 2 | 3 | 4 |", "a | b |  |\n1 | 2 | 3 | 4"),
    ("| a | b |\n|---|---|\n| 1 |", "a | b\n1 |"),
    ("| a |\n|---|\n| ``x ` | y`` |", "a\n<code x ` | y>"),
    ("| a | b |\n|---|---|\n| $5 | $6 |", "a | b\n$5 | $6"),
    ("| a | b |\n|---|---|\n| x \\| y | `z \\| w` |", "a | b\nx | y | <code z | w>"),
    ("| a | b |\n|---|---|\n| ` | x |", "a | b\n` | x"),
    ("a | b\n:-- | --:\n1 | 2\n\nafter", "a | b\n1 | 2\nafter"),
    ("| a | b |\n|---|---|\n| 1 | 2 |\n- x", "a | b\n1 | 2\n• x"),
    ("| a | b |\n|---|\n| 1 | 2 |", "| a | b | |---| | 1 | 2 |"),
]


@pytest.mark.parametrize(("source", "expected"), TABLES)
def test_cells_keep_their_bars_and_none_is_lost(source: str, expected: str) -> None:
    assert shown(source) == expected


OTHERS = [
    ("Term\n: Definition", "Term\n  : Definition"),
    ("Term\n\n: One\n: Two\n\n  more", "Term\n  : One\n  : Two\n    more"),
    ("*T*\n: - a\n  - b\n\nU\n: c", "<emphasis T>\n  : • a\n    • b\nU\n  : c"),
    ("Term\n~ Definition", "Term\n  : Definition"),
    ("A\nB *b*\n: One\n: Two", "A / B <emphasis b>\n  : One\n  : Two"),
    ("A\nB\nC\n\n: One", "A / B / C\n  : One"),
    ("T\n: t\n\nA\nB\n: One\n\nU\n: u", "T\n  : t\nA / B\n  : One\nU\n  : u"),
    ("A\n# B\n: no", "A\n### B\n: no"),
    ("1. A\n   B\n   : One", "1. A / B\n     : One"),
    ("Some lines of prose,\nwhich end here.\n: no", "Some lines of prose, which end here. : no"),
    ("- A\n- B\n: no", "• A\n• B : no"),
    ("\n".join("abcdefghi") + "\n: no", "a b c d e f g h i : no"),
    ("**Q:** What?\n**A:** This.", "<strong Q:> What?<break><strong A:> This."),
    ("**Name**: x\n**Age**: y", "<strong Name>: x<break><strong Age>: y"),
    ("Q1: What?\nA1: This.", "Q1: What?<break>A1: This."),
    ("a\n**b** c", "a <strong b> c"),
    ("```markdown\n# Guide\n\nSome **text**.\n```", "### Guide\nSome <strong text>."),
    ("```md\na\n\n```python\nx\n```\nb\n```\n", "a\n    x\nb"),
    ("~~~markdown\na\n~~~", "a"),
    ("```markdown\n# Cut off", "### Cut off"),
    ("Here:\n\n```markdown\n# a\n```", "Here:\n    # a"),
    ("```markdown\n# a\n```\n\nafter", "    # a\nafter"),
    ("```markdown\na\n```\n```\nb\n```", "    a\n    b"),
    ("```python\nx\n```", "    x"),
    ("soft\u00adhyphen and&shy;entity", "softhyphen andentity"),
]


@pytest.mark.parametrize(("source", "expected"), OTHERS)
def test_other_habits_of_models(source: str, expected: str) -> None:
    assert shown(source) == expected


def test_several_terms_stand_in_the_list_around_them() -> None:
    [_] = read("T\n: t\n\nA\nB\n: One\n\nC\nD\n: Two")[0]
    assert len(read("T\n: t\n\ntext\n\nA\nB\n: One")[0]) == 3


FRONT_MATTER = [
    "---\ntitle: Guide\ntags: [a, b]\nmore:\n  - x\n# comment\n---\n# Guide",
    "---\ntitle: Guide\n...\n# Guide",
    '+++\ntitle = "Guide"\n[more]\n+++\n# Guide',
    "```markdown\n---\ntitle: Guide\n---\n# Guide\n```",
]


@pytest.mark.parametrize("source", FRONT_MATTER)
def test_front_matter_is_told_and_not_shown(source: str) -> None:
    assert shown(source) == "### Guide"
    assert read(source)[1] == ["front-matter-left-out"]


@pytest.mark.parametrize(
    "source", ["---\n\nNote: x\n\n---\nb", "---\nJust words\n---\nb", "---\na", "--- a: b\n---"]
)
def test_rules_are_no_front_matter(source: str) -> None:
    _, codes = read(source)
    assert codes == []


@pytest.mark.parametrize("language", ["mermaid", "plantuml", "dot", "graphviz", "d2", "{mermaid}"])
def test_diagrams_are_source_with_a_notice(language: str) -> None:
    source = f"- a\n\n  ```{language}\n  graph\n  ```"
    first, notice, code = shown(source).splitlines()
    assert first == "• a"
    assert notice.strip().startswith("(Diagram (")
    assert code.strip() == "graph"
    assert read(source)[1] == ["diagram-as-source"]
    assert "Quelltext" in shown(source, "de")


@pytest.mark.parametrize(
    "unit",
    [
        *("==", "~a", "^a", "a~b", "a^b^", "==a", "https://", "https://a.org/(", "www.", "www.a"),
        *("@", "a@", "a@b.", "mailto:", "a\n: ", ": a\n", "a. b\n", "i. a\n", "– a\n", "• ", "•"),
        *("> [!NOTE]\n", "| `a\n", "1. a\n  - b\n", "  - a\n", "1. a\n", "**Q:**\n", "a `|", "$|"),
        *("|a\n|-\n", "**：", "「**", "A:\n", "```a\n", "---\na: b\n", "\\(|", "a) b\n   - c\n"),
    ],
)
def test_nothing_takes_more_than_its_share_of_time(unit: str) -> None:
    def seconds(count: int) -> float:
        started = time.process_time()
        read("| a |\n|---|\n" + unit * count if "|" in unit else unit * count)
        return time.process_time() - started

    seconds(100)
    # The best of two, because other processes and the garbage collector take their time as well.
    short, long = (
        min(seconds(size // len(unit)), seconds(size // len(unit))) for size in (2_000, 16_000)
    )
    assert long < 20 * short + 0.3
