"""Text in which no spreadsheet finds a formula, whatever it takes for the separator.

A spreadsheet reads a CSV file with the separator of its user's country or of a dialog, and then
splits within our cells. So each place at which some reader may begin a cell is looked at: the
beginning of a text, and in it what is behind `,` `;` `|` `:`, a tab, a line end or a blank. Readers
trim blanks, drop characters that are not seen, strip quotes, and fold compatibility forms (UAX #15,
NFKC) before they look for a formula, so those are skipped and folded here too. The apostrophe
stands before the sign itself (https://owasp.org/www-community/attacks/CSV_Injection).

Within a text, what no spreadsheet computes stays as it is:

- A number with its sign, unless an operator follows: `a: -5`, `+49 30 123`. Alone it is a number,
  and before words neither Excel nor LibreOffice takes it for anything but text.
- Behind a blank, a sign that stands alone: `a - b`, `x = 1`, `->`. Only who splits at blanks sees a
  cell there, and it holds nothing else.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import regex

# What NFKC makes text of that begins with `=`, and with one of the other three signs.
_EQUALS = "=\u207c\u208c\u2a75\u2a76\ufe66\uff1d"
_SIGNS = "+\\-@\u207a\u208a\ufb29\ufe62\ufe63\ufe6b\uff0b\uff0d\uff20"
# Most texts have none, and this search is far cheaper than the other: it leaves out signs within
# words.
_ANY_LEAD: Final = re.compile(f"[{_EQUALS}{_SIGNS}](?<![A-Za-z0-9].)")
_BREAK = r"[,;|:\t\n\r\v\f\x85\u2028\u2029]"
_BLANK = r"[\s\p{Z}]"
_SKIPPED = r"[\s\p{Z}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\u2800\"]"
_NUMBER = (
    r"(?<=[+\-])\d++(?:[.,]\d++)*+(?:[ ]?%)?+(?=[ ]*+(?:[\p{L}\p{Sc}\d.,;?)\]°\t\n\r]|[|:][ ]|\Z))"
)
_LEAD: Final = regex.compile(
    rf"""
    [{_EQUALS}{_SIGNS}](?:
        (?<=\A{_SKIPPED}*.)
      | (?<={_BREAK}{_SKIPPED}*.)(?!{_NUMBER})
      | (?<={_BLANK}{_SKIPPED}*[{_EQUALS}])(?![ \t\n\r]|\Z)
      | (?<={_BLANK}{_SKIPPED}*[{_SIGNS}])(?!{_NUMBER})(?=[^ \t\n\r\w]*+\w)
    )
    """,
    regex.VERBOSE | regex.DOTALL,
)


def neutralize(text: str) -> str:
    """The text with an apostrophe before each sign with which a formula might begin.

    One that begins with a tab or a line end gets an apostrophe there as well: some readers drop
    them.
    """
    if _ANY_LEAD.search(text):
        text = "'".join(_before_leads(text))
    return f"'{text}" if text.startswith(("\t", "\n", "\r")) else text


def _before_leads(text: str) -> Iterator[str]:
    """The text in pieces, each but the first beginning with such a sign."""
    leads = [each.start() for each in _ANY_LEAD.finditer(text) if _LEAD.match(text, each.start())]
    return (text[start:stop] for start, stop in pairwise((0, *leads, len(text))))
