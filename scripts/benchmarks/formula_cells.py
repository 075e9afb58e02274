"""Reads a CSV as spreadsheets may, whatever they take for the separator, and looks for formulas."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator

SEPARATORS = (",", ";", "\t", "|", ":", " ")

_UNSEEN = {"Cc", "Cf", "Mn", "Me", "Zl", "Zp", "Zs"}
# No spreadsheet has an operator that is a letter, a digit or a bracket's end, and none takes a text
# in quotes, such as what stands between two cells of ours, behind a number.
_NUMBER = re.compile(r'[+-]\d+(?:[.,]\d+)*(?: ?%)?\s*(?:[\w.,;?)\]°$€£]|[|:] |"[,;\t]|"?$)')


def formula_cells(data: bytes) -> Iterator[str]:
    """The cells that a spreadsheet may take for formulas, with the separator that shows them."""
    text = data.decode("utf-8-sig")
    for separator in SEPARATORS:
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            source = io.StringIO(text, newline="")
            for row in csv.reader(source, delimiter=separator, quoting=quoting):
                for cell in row:
                    if _may_be_formula(cell, separator):
                        yield f"{cell!r} at {separator!r}"


def _may_be_formula(cell: str, separator: str) -> bool:
    seen = cell
    while seen and (unicodedata.category(seen[0]) in _UNSEEN or seen[0] == '"'):
        seen = seen[1:]
    lead = unicodedata.normalize("NFKC", seen[:1])[:1]
    if lead not in {"=", "+", "-", "@"} or _NUMBER.match(seen):
        return False
    # Between words a sign alone is one, as in "a - b"; a quote is the end of a text of ours.
    word = seen.partition('"')[0]
    alone = word == "=" or (lead != "=" and not re.search(r"\w", word))
    return not (separator == " " and alone)
