"""Where text of ours is ordered otherwise than Unicode's test files have it, and why."""

from typing import Final

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
