"""Where emphasis may begin and end: CommonMark's rule, with its gap for East Asian text closed.

CommonMark lets no emphasis end between a punctuation mark and a letter (0.31, 6.2), which is where
it does end in text that puts no spaces between words: `**重要：**请`. The rule is amended as others
amend it (https://github.com/tats-u/markdown-cjk-friendly): East Asian punctuation counts as a
letter, and an East Asian character beside a run of marks as a space would. So do the letters of
South East Asia that are written without spaces, too: `**หมายเหตุ:**ดู`.
"""

import unicodedata

import regex
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned

SOUTH_EAST_ASIAN = r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
"""Scripts that put no space between words, for a class of the package regex."""

_EMOJI = regex.compile(r"\p{Emoji_Presentation}")
_NARROW = regex.compile(rf"[\p{{Script_Extensions=Hangul}}{SOUTH_EAST_ASIAN}]")
_VARIATION_SELECTOR = regex.compile("[\ufe00-\ufe0e\U000e0100-\U000e01ef]")
"""What may stand between an East Asian character and the marks behind it."""


class FlankingState(StateInline):
    """The state of the inline parser, with the amended rule."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 - the parser's names
        """Measure a run of marks, and tell whether emphasis may begin or end there.

        Args:
            start: where the first mark is.
            canSplitWord: whether marks count within a word, as `*` does and `_` does not.
        """
        source, end = self.src, start + 1
        mark = source[start]
        while end < self.posMax and source[end] == mark:
            end += 1
        before = source[start - 1] if start else " "
        after = source[end] if end < self.posMax else " "
        if before.isascii() and after.isascii():
            return super().scanDelims(start, canSplitWord)
        if start > 1 and _VARIATION_SELECTOR.match(before):
            before = source[start - 2]
        before_is_east_asian, after_is_east_asian = _is_east_asian(before), _is_east_asian(after)
        before_is_mark, after_is_mark = _is_punctuation(before), _is_punctuation(after)
        before_is_space, after_is_space = before.isspace(), after.isspace()
        separate_before = before_is_space or before_is_mark or before_is_east_asian
        separate_after = after_is_space or after_is_mark or after_is_east_asian
        left_flanking = not after_is_space and (
            not after_is_mark or after_is_east_asian or separate_before
        )
        right_flanking = not before_is_space and (
            not before_is_mark or before_is_east_asian or separate_after
        )
        if canSplitWord:
            return Scanned(left_flanking, right_flanking, end - start)
        # Quotation marks and brackets within the emphasis tell it from an underscore in a name.
        begins = not right_flanking or before_is_mark or (before_is_east_asian and after_is_mark)
        ends = not left_flanking or after_is_mark or (after_is_east_asian and before_is_mark)
        return Scanned(left_flanking and begins, right_flanking and ends, end - start)


def _is_punctuation(character: str) -> bool:
    """Unicode's punctuation and symbols (CommonMark 0.31, 2.1)."""
    return unicodedata.category(character)[0] in "PS"


def _is_east_asian(character: str) -> bool:
    """Wide, full-width or half-width (UAX #11), or Hangul, but no emoji; or of South East Asia."""
    if character.isascii():
        return False
    if unicodedata.east_asian_width(character) in "WFH":
        return not _EMOJI.match(character)
    return bool(_NARROW.match(character))
