"""Where text of ours is divided or ordered otherwise than Unicode's test files have it, and why."""

from typing import Final

_AFTER_SPACE: Final = "a line may break at every space"
_PICTURES: Final = "flags and skin tones count as pictures, beside which a line may break"
_IDEOGRAPHIC_SPACE: Final = "the ideographic space is one of the spaces at which lines break"
_QUOTES: Final = "straight quotation marks beside ideographs are not told to open or close"

FORBIDDEN_BREAKS: Final[dict[tuple[str, str], tuple[int, str]]] = {
    ("LB7", "after a space"): (78, _AFTER_SPACE),
    ("LB11", "after a space"): (76, _AFTER_SPACE),
    ("LB13", "after a space"): (388, _AFTER_SPACE),
    ("LB14", "after a space"): (130, _AFTER_SPACE),
    ("LB15", "after a space"): (6, _AFTER_SPACE),
    ("LB16", "after a space"): (10, _AFTER_SPACE),
    ("LB17", "after a space"): (2, _AFTER_SPACE),
    ("LB7", "beside a picture"): (3, _PICTURES),
    ("LB8", "beside a picture"): (1, _PICTURES),
    ("LB9", "beside a picture"): (2, _PICTURES),
    ("LB11", "beside a picture"): (5, _PICTURES),
    ("LB12", "beside a picture"): (4, _PICTURES),
    ("LB13", "beside a picture"): (2, _PICTURES),
    ("LB14", "beside a picture"): (3, _PICTURES),
    ("LB19", "beside a picture"): (4, _PICTURES),
    ("LB21", "beside a picture"): (8, _PICTURES),
    ("LB22", "beside a picture"): (2, _PICTURES),
    ("LB30", "beside a picture"): (1, _PICTURES),
    ("LB21", "U+3000"): (3, _IDEOGRAPHIC_SPACE),
    ("LB21", "U+05D0"): (1, "a hyphen within a Hebrew word divides it as in other scripts"),
    ("LB15", "U+FF08"): (1, _QUOTES),
    ("LB19", "U+0022"): (1, _QUOTES),
}
"""By rule and place: how many breaks there are where Unicode forbids one, and why."""

DIVIDED_OTHERWISE: Final = {
    "000D 000A": "no text has both: line ends are U+000A from the reader of Markdown on",
    "2701 200D 2701": "U+2701 is no pictograph any more in the Unicode of the regex package",
}
"""Texts whose grapheme clusters are others than Unicode's, and why."""

_BRACKET_MARKS: Final = "a mark after a closing bracket does not follow it (the end of rule N0)"
_ISOLATED: Final = "an isolate is taken for an embedding, which what is around it can see"
_ANGLES: Final = "angle brackets that are canonically equivalent are no pair (definition BD16)"
_TAB: Final = "a tab is a space like others, not what divides a line (rule L1)"
_EMBEDDED: Final = "an embedding that nothing but spaces follow counts for what is before it"

ORDERED_OTHERWISE: Final[dict[str, tuple[str, ...]]] = {
    _BRACKET_MARKS: (
        "0061 0028 0062 0029 0331;1",
        "0061 0028 0332 0062 0029 0333;1",
        "05D0 0028 05D1 0029 0331;0",
        "05D0 0028 0332 05D1 0029 0333;0",
        "0661 0028 0662 0029 0331;0",
        "0661 0028 0332 0662 0029 0333;0",
        "0041 200F 005B 05D0 005D 200D 20D6;0",
        "0041 200F 005B 200D 20D6 05D0 005D 200D 20D6;0",
        "0041 200F 005B 200D 200B 20D6 05D0 005D 200B 200D 20D6;0",
    ),
    _ISOLATED: (
        "202E 0061 202A 0062 202C 2066 0063 2069 202A 0064 202C 0065 202C;2",
        "202E 0061 202A 0062 202C 2066 0063 2069 202A 0064 202C 0065 202C;1",
        "202D 05D0 202B 05D1 202C 2068 05D2 2069 202B 05D3 202C 05D4 202C;2",
        "05D0 0029 2066 202B 2069 0627;0",
        "0661 2069 0028 0662 0029;2",
        "0061 0028 0062 005B 0063 2068 05D0 2069 0064 005D 0065 0029 0066;0",
        "0061 0028 0062 005B 0063 2068 05D0 2069 0064 005D 0065 0029 0066;1",
        "05D0 0028 05D1 005B 05D2 2068 0061 2069 05D3 005D 05D4 0029 05D5;0",
        "05D0 0028 05D1 005B 05D2 2068 0061 2069 05D3 005D 05D4 0029 05D5;1",
        "0061 0028 0062 2067 05D0 0066 2069 05D4 0029 05D5;0",
        "0061 0028 0062 2067 05D0 0066 2069 05D4 0029 05D5;1",
        (
            "0061 0028 0062 2067 05D0 005B 05D1 2066 0063 05D3 2069 0065 005D 0066 2069 05D4 0029 "
            "05D5;0"
        ),
        (
            "0061 0028 0062 2067 05D0 005B 05D1 2066 0063 05D3 2069 0065 005D 0066 2069 05D4 0029 "
            "05D5;1"
        ),
        (
            "0061 0028 0062 2067 05D0 005B 05D1 2066 0063 007B 0064 202B 007D 0020 007B 202C 05D2 "
            "007D 05D3 2069 0065 005D 0066 2069 05D4 0029 05D5;0"
        ),
        (
            "0061 0028 0062 2067 05D0 005B 05D1 2066 0063 007B 0064 202B 007D 0020 007B 202C 05D2 "
            "007D 05D3 2069 0065 005D 0066 2069 05D4 0029 05D5;1"
        ),
        "05D0 0028 05D1 2066 0061 05D5 2069 0065 0029 0066;0",
        "05D0 0028 05D1 2066 0061 05D5 2069 0065 0029 0066;1",
        (
            "05D0 0028 05D1 2066 0061 005B 0062 2067 05D2 0064 2069 05D4 005D 05D5 2069 0065 0029 "
            "0066;0"
        ),
        (
            "05D0 0028 05D1 2066 0061 005B 0062 2067 05D2 0064 2069 05D4 005D 05D5 2069 0065 0029 "
            "0066;1"
        ),
        (
            "05D0 0028 05D1 2066 0061 005B 0062 2067 05D2 007B 05D3 202A 007D 0020 007B 202C 0063 "
            "007D 0064 2069 05D4 005D 05D5 2069 0065 0029 0066;0"
        ),
        (
            "05D0 0028 05D1 2066 0061 005B 0062 2067 05D2 007B 05D3 202A 007D 0020 007B 202C 0063 "
            "007D 0064 2069 05D4 005D 05D5 2069 0065 0029 0066;1"
        ),
    ),
    _ANGLES: (
        "0061 0020 2329 0062 002E 0031 3009;1",
        "0061 0020 3008 0062 002E 0031 232A;1",
        "05D0 0020 2329 05D1 002E 0031 3009;0",
        "05D0 0020 3008 05D1 002E 0031 232A;0",
    ),
    _TAB: ("0661 0009 0028 0662 0029;2",),
}
"""Cases of `BidiCharacterTest`, as it writes them, by what is wrong with them."""

CLASSES_ORDERED_OTHERWISE: Final = {
    "with isolates": (43_083, _ISOLATED),
    "with a tab": (4_385, _TAB),
    "with embeddings": (43, _EMBEDDED),
}
"""How many cases of `BidiTest` come out in another order, by what they hold, and why."""
