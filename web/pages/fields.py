"""The fields of a query string or of a form that a browser sent."""

from urllib.parse import parse_qs, urlencode

from web.http.problems import FieldError, invalid

# A page's form has a field for every item that may be chosen, and a few dozen others.
_MOST_FIELDS = 5_000


class Fields:
    """The fields of a form; a field may come several times, as checkboxes of one name do."""

    def __init__(self, encoded: bytes) -> None:
        """Decode `application/x-www-form-urlencoded`.

        Raises:
            ProblemError: there are more fields than any page has.
        """
        try:
            self._values = parse_qs(
                encoded.decode(errors="replace"),
                keep_blank_values=True,
                max_num_fields=_MOST_FIELDS,
            )
        except ValueError:
            raise invalid([FieldError("There are too many fields.")]) from None

    def one(self, name: str) -> str:
        """The first value without blanks around it; empty when there is none."""
        return self._values.get(name, [""])[0].strip()

    def every(self, name: str) -> list[str]:
        """All values that are not empty, in order, each once."""
        return list(dict.fromkeys(value for value in self._values.get(name, []) if value))

    def pairs(self, *names: str) -> list[tuple[str, str]]:
        """All fields of these names with their values, empty ones too; by the order of names."""
        return [(name, value) for name in names for value in self._values.get(name, [])]

    def number(self, name: str, *, maximum: int) -> int:
        """A whole number, brought into 1 to `maximum`; 1 when it is none."""
        text = self.one(name)
        if not (text.isascii() and text.isdecimal()):
            return 1
        if len(text) > len(str(maximum)):
            return maximum
        return min(max(int(text), 1), maximum)


def query(**fields: str | list[str] | tuple[str, ...]) -> str:
    """A query string of the fields that are not empty."""
    return urlencode({name: value for name, value in fields.items() if value}, doseq=True)
