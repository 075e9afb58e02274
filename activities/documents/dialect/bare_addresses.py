"""Addresses that stand in a text as they are become links.

As in GFM (0.29, 6.9): `http://`, `https://`, `www.` and mail addresses, without the punctuation
behind them. Beyond it, an address ends at East Asian punctuation and at brackets that are not its
own, and where a letter of a script that puts no space between words follows a Latin letter or
digit: `https://example.org/a请看`.
"""

import re
from collections.abc import Iterator

import regex
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from activities.documents.dialect.flanking import SOUTH_EAST_ASIAN

_UNSPACED = rf"\p{{Han}}\p{{Hiragana}}\p{{Katakana}}\p{{Hangul}}\p{{Bopomofo}}{SOUTH_EAST_ASIAN}"
_END = (
    r"\s\x00-\x1f<>\[\]\\|`\"\u2018\u2019\u201c\u201d\u00ab\u00bb\u2026\u3000-\u3004\u3008-\u301f"
    r"\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
_REST = rf"(?:[^{_END}{_UNSPACED}]|(?<![A-Za-z0-9])[{_UNSPACED}]|\\[!-/:-@\[-`{{-~])*+"
_SCHEME = re.compile(r"(?<![A-Za-z0-9+.\-_/])(?:https?|mailto)\Z", re.IGNORECASE)
_SCHEME_MAX = 7
"""Characters of a scheme, and one before it."""
_LINK = regex.compile(rf"://[\p{{L}}\p{{N}}]{_REST}")
_WWW = regex.compile(rf"(?<![A-Za-z0-9@.\-_/])www\.(?=[\p{{L}}\p{{N}}]){_REST}")
_LOCAL_PART = re.compile(r"[A-Za-z0-9_+\-][A-Za-z0-9._+\-]{0,63}\Z")
_LOCAL_PART_MAX = 64
"""Characters before the `@` (RFC 5321, 4.5.3.1.1)."""
_DOMAIN = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9\-]{0,62}\.){1,8}[A-Za-z]{2,63}(?![A-Za-z0-9\-_])")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_PUNCTUATION = "?!.,:;*_~'"
_PAIRS = {")": "(", "}": "{"}


def add_bare_addresses(md: MarkdownIt) -> None:
    """Link addresses that have a scheme while a text is parsed: their underscores are no marks."""
    md.inline.ruler.after("text", "bare_address", _scheme_rule)


def may_have_bare_address(text: str) -> bool:
    """Whether a text without marks may hold an address."""
    return "://" in text or "www." in text or "@" in text


def linked_parts(text: str) -> Iterator[tuple[str, str | None]]:
    """A text without schemes in stretches, with the address of those that are addresses."""
    place = 0
    for start, end, address in _found(text):
        if start < place:
            continue
        if start > place:
            yield text[place:start], None
        yield text[start:end], address
        place = end
    if place < len(text):
        yield text[place:], None


def _found(text: str) -> Iterator[tuple[int, int, str]]:
    sites = [*_web_sites(text), *_mailboxes(text)] if "@" in text else _web_sites(text)
    return iter(sorted(sites))


def _web_sites(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _WWW.finditer(text):
        shown = _trimmed(match[0])
        if len(shown) > len("www."):
            yield match.start(), match.start() + len(shown), f"http://{_address(shown)}"


def _mailboxes(text: str) -> Iterator[tuple[int, int, str]]:
    at = text.find("@")
    while at >= 0:
        local = _LOCAL_PART.search(text, max(at - _LOCAL_PART_MAX, 0), at)
        domain = _DOMAIN.match(text, at + 1) if local else None
        if local and domain:
            yield local.start(), domain.end(), f"mailto:{text[local.start() : domain.end()]}"
        at = text.find("@", at + 1)


def _scheme_rule(state: StateInline, silent: bool) -> bool:
    source, colon = state.src, state.pos
    if source[colon] != ":" or state.linkLevel:
        return False
    scheme = _SCHEME.search(source, max(colon - _SCHEME_MAX, 0), colon)
    if scheme is None:
        return False
    end = _address_end(source, scheme[0], colon, state.posMax)
    if end is None:
        return False
    if not silent:
        if not state.pending.endswith(scheme[0]):
            return False
        state.pending = state.pending[: -len(scheme[0])]
        shown = source[scheme.start() : end]
        link = state.push("link_open", "a", 1)
        address = _address(shown)
        link.attrs = {"href": state.md.normalizeLink(address)}
        state.push("text", "", 0).content = address
        state.push("link_close", "a", -1)
    state.pos = end
    return True


def _address_end(source: str, scheme: str, colon: int, end: int) -> int | None:
    if scheme.lower() == "mailto":
        at = source.find("@", colon + 1, min(colon + 2 + _LOCAL_PART_MAX, end))
        local = _LOCAL_PART.search(source, colon + 1, at) if at > 0 else None
        domain = _DOMAIN.match(source, at + 1, end) if local else None
        return domain.end() if domain and local and local.start() == colon + 1 else None
    match = _LINK.match(source, colon, end)
    return colon + len(_trimmed(match[0])) if match else None


def _trimmed(address: str) -> str:
    """The address without punctuation and closing brackets that belong to the text around it."""
    end = len(address)
    surplus = {sign: address.count(sign) - address.count(_PAIRS[sign]) for sign in _PAIRS}
    while end:
        last = address[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in _PUNCTUATION:
            break
        end -= 1
    return address[:end]


def _address(shown: str) -> str:
    return _ESCAPE.sub(r"\1", shown).replace("&amp;", "&")
