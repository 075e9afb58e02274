"""What stands around a whole text: front matter, and the fence that a model put its answer in."""

import re

_FRONT_MATTER = re.compile(
    r"\ufeff?(?:---[ \t]*\n(?P<yaml>(?:[^\n]*\n)*?)(?:---|\.\.\.)"
    r"|\+\+\+[ \t]*\n(?P<toml>(?:[^\n]*\n)*?)\+\+\+)[ \t]*(?:\n|\Z)"
)
_YAML_START = re.compile(r"(?:#[^\n]*\n)*[A-Za-z_][\w.\- ]*:(?:[ \t]|\n)")
_YAML_LINE = re.compile(r"[ \t]*(?:#.*|-(?:[ \t].*)?|[^\s:#][^:]*:(?:[ \t].*)?|[\]}],?)?|[ \t]+.*")
_TOML_LINE = re.compile(r"[ \t]*(?:#.*|[\w.\-\"' ]+=.*|\[.*\]|[\]}],?)?|[ \t]+.*")
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*?)[ \t]*$")
_MARKDOWN = frozenset({"markdown", "md", "gfm", "mdx", "commonmark"})


def without_front_matter(text: str) -> str:
    """The text behind the data at its head, between `---` (YAML) or `+++` (TOML).

    A rule with text between it and the next one is none: each line has to look like data.
    """
    if not text.startswith(("---", "+++", "\ufeff")):
        return text
    match = _FRONT_MATTER.match(text)
    if match is None:
        return text
    yaml, toml = match["yaml"], match["toml"]
    if yaml:
        is_data = _YAML_START.match(yaml) and all(map(_YAML_LINE.fullmatch, yaml.splitlines()))
    else:
        is_data = bool(toml) and all(map(_TOML_LINE.fullmatch, toml.splitlines()))
    return text[match.end() :] if is_data else text


def without_fence(text: str) -> str:
    """The text within a fence for Markdown that holds all of it, else the text itself."""
    if not text.lstrip().startswith(("```", "~~~")):
        return text
    lines = text.strip("\n").rstrip().split("\n")
    first = _FENCE.match(lines[0])
    if first is None or first["info"].split(" ", 1)[0].lower() not in _MARKDOWN:
        return text
    closing = _closing_line(lines, first["fence"])
    if closing is not None and closing < len(lines) - 1:
        return text
    return "\n".join(lines[1:closing])


def _closing_line(lines: list[str], outer: str) -> int | None:
    """The line that closes the fence on the first one.

    Within it, a fence with a language begins a block of code, though CommonMark would take all up
    to the next bare fence for the content of the first.
    """
    inner = ""
    for number, line in enumerate(lines[1:], 1):
        fence = _FENCE.match(line)
        if fence is None:
            continue
        sign = fence["fence"]
        if inner:
            if not fence["info"] and sign[0] == inner[0] and len(sign) >= len(inner):
                inner = ""
        elif fence["info"]:
            inner = sign
        elif sign[0] == outer[0] and len(sign) >= len(outer):
            return number
        else:
            inner = sign
    return None
