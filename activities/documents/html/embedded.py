"""What a page shows from elsewhere: videos, sounds, other pages, as links."""

from urllib.parse import unquote, urlsplit

from activities.documents.html.attributes import Attributes

_SHOWN_MAX = 100


def shown_name(attributes: Attributes, address: str) -> str:
    """What stands for it: its title, else the last part of its address."""
    for attribute in ("title", "aria-label", "alt", "name"):
        title = " ".join(attributes.get(attribute, "").split())
        if title:
            return title
    try:
        parts = urlsplit(address)
    except ValueError:
        return address[:_SHOWN_MAX]
    if parts.scheme not in {"", "http", "https"}:
        return "…"
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    host = parts.netloc.rpartition("@")[2]
    return ((f"{host}: {last}" if last else host) if host else last or address)[:_SHOWN_MAX]
