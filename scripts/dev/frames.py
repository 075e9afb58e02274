"""Plain frames around what a file holds, for programs that no picture of ours may copy."""

import re
from html import escape, unescape
from pathlib import Path

from activities.documents.formulas.mathml import annotated_mathml

_STYLE = """
body { margin: 0; font: 14px/1.45 sans-serif; color: #222; background: #fff; }
header { padding: 9px 16px; background: #33475b; color: #fff; font-weight: bold; }
header small { display: block; font-weight: normal; color: #d5dde5; }
main { padding: 10px 16px; }
h1 { font-size: 20px; } h2 { font-size: 17px; } h3 { font-size: 16px; } h4 { font-size: 14px; }
h1, h2, h3, h4 { margin: 14px 0 6px; line-height: 1.25; }
p, ul, ol { margin: 6px 0; } ul, ol { padding-inline-start: 24px; }
img { max-width: 100%; }
table { border-collapse: collapse; } td, th { border: 1px solid #bbb; padding: 3px 8px; }
th { background: #eef1f4; }
.row { display: flex; gap: 8px; padding: 5px 0; border-bottom: 1px solid #e4e4e4; }
.row b { font-weight: normal; flex: 1; }
.kind { color: #33475b; background: #e3e9ef; padding: 0 6px; border-radius: 3px; font-size: 12px;
  align-self: start; white-space: nowrap; }
.asked { border: 1px solid #ccc; border-radius: 4px; padding: 6px 12px; margin: 10px 0; }
.name { color: #666; font-size: 12px; }
.reply { border: 1px solid #999; height: 46px; margin: 8px 0; background: #fff; }
.scorer { background: #fff5d6; border-left: 3px solid #c99a00; padding: 4px 10px; margin: 8px 0; }
.match { display: flex; justify-content: space-between; gap: 10px; align-items: center; }
.match select { width: 130px; flex: none; }
pre { margin: 0; font: 12px/1.5 monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.file { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.mark { color: #b04a00; } .key { color: #00558c; } .text { color: #1b6e2c; }
.value { color: #8a1f7a; } .none { color: #888; }
.line { display: flex; gap: 12px; padding: 6px 0; border-bottom: 1px solid #ddd; }
.line pre { max-height: 108px; overflow: hidden; }
.line > .number { color: #888; font: 12px/1.5 monospace; }
"""
_TEX = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)


def framed(page: Path, title: str, under: str, body: str) -> Path:
    """Write a page with a head, and what stands below it.

    Args:
        page: the file to write.
        title: of the head.
        under: a smaller line of the head; may be empty.
        body: XHTML.

    Returns:
        The file.
    """
    small = f"<small>{escape(under)}</small>" if under else ""
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style>'
        f"<header>{escape(title)}{small}</header><main>{body}</main>"
    )
    return page


def drawn(body: str) -> str:
    """XHTML whose TeX between the delimiters of MathJax is MathML, which a browser draws itself."""

    def formula(found: re.Match[str]) -> str:
        tex = unescape(found[1] or found[2]).strip()
        return annotated_mathml(tex, displayed=found[1] is None) or found[0]

    return _TEX.sub(formula, body)
