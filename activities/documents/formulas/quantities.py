r"""Numbers and units of siunitx (its manual, version 3) and physics as TeX that the reader knows.

`\num`, `\ang`, `\unit` or `\si`, `\qty` or `\SI`, and their lists and ranges. Units are set with
negative exponents, thin spaces part the digits of long numbers, as siunitx does by itself.
"""

import re
from types import MappingProxyType
from typing import Final

from activities.documents.formulas.scanner import TOKEN, argument

COMMANDS: Final = frozenset(
    {
        *("num", "ang", "unit", "si", "SI", "numlist", "numrange", "numproduct"),
        *("SIlist", "SIrange", "qtylist", "qtyrange", "qtyproduct", "pu"),
    }
)
"""The commands, beside `qty`, which is one of physics too."""

_PREFIXES = MappingProxyType(
    {
        "quecto": "q", "ronto": "r", "yocto": "y", "zepto": "z", "atto": "a", "femto": "f",
        "pico": "p", "nano": "n", "micro": "µ", "milli": "m", "centi": "c", "deci": "d",
        "deca": "da", "deka": "da", "hecto": "h", "kilo": "k", "mega": "M", "giga": "G",
        "tera": "T", "peta": "P", "exa": "E", "zetta": "Z", "yotta": "Y", "ronna": "R",
        "quetta": "Q", "kibi": "Ki", "mebi": "Mi", "gibi": "Gi", "tebi": "Ti",
    }
)  # fmt: skip
_UNITS = MappingProxyType(
    {
        "meter": "m", "metre": "m", "second": "s", "gram": "g", "ampere": "A", "kelvin": "K",
        "mole": "mol", "candela": "cd", "hertz": "Hz", "newton": "N", "pascal": "Pa",
        "joule": "J", "watt": "W", "coulomb": "C", "volt": "V", "farad": "F", "ohm": "Ω",
        "siemens": "S", "weber": "Wb", "tesla": "T", "henry": "H", "lumen": "lm", "lux": "lx",
        "becquerel": "Bq", "gray": "Gy", "sievert": "Sv", "katal": "kat", "radian": "rad",
        "steradian": "sr", "celsius": "°C", "degreeCelsius": "°C", "degree": "°",
        "arcminute": "′", "arcsecond": "″", "percent": "%", "minute": "min", "hour": "h",
        "day": "d", "year": "a", "liter": "L", "litre": "L", "tonne": "t", "hectare": "ha",
        "electronvolt": "eV", "eV": "eV", "dalton": "Da", "bar": "bar", "decibel": "dB",
        "neper": "Np", "bel": "B", "astronomicalunit": "au", "parsec": "pc", "lightyear": "ly",
        "angstrom": "Å", "barn": "b", "atomicmassunit": "u", "mmHg": "mmHg", "bit": "bit",
        "byte": "B", "molar": "M", "permille": "‰", "um": "µm", "us": "µs", "ug": "µg",
        "uL": "µL", "ul": "µl", "umol": "µmol", "uA": "µA", "uV": "µV", "uF": "µF", "uW": "µW",
        "kohm": "kΩ", "Mohm": "MΩ", "mohm": "mΩ", "kelvins": "K",
    }
)  # fmt: skip
_UNSPACED = frozenset({"°", "′", "″"})
_POWERS = MappingProxyType({"squared": "2", "cubed": "3"})
_NEXT_POWERS = MappingProxyType({"square": "2", "cubic": "3"})
_WITH_VALUE = frozenset({"tothe", "raiseto", "of"})
_NUMBER = re.compile(
    r"\s*(?P<sign>[+-]|\\pm|\\mp|±|<|>|\\le|\\ge|\\sim|~)?\s*(?P<whole>\d[\d ]*)?"
    r"(?:[.,](?P<part>[\d ]+))?(?P<digits>\(\d+(?:\.\d+)?\))?"
    r"(?:\s*(?:\+-|\\pm|±)\s*(?P<error>[\d.]+))?\s*(?:[eEdD](?P<power>[+-]?\d+))?\s*"
)
_GROUPED = 5
"""From so many digits on they are parted by threes."""
_PLAIN_UNIT = re.compile(r"[./~*^_]|\\[A-Za-z]+|\{[^{}]*\}|[^\W\d_]+|[-+]?\d+|[%°′″‰µΩÅ]|\S")


def quantity_tex(command: str, tex: str, place: int) -> tuple[str, int]:
    """What stands for one of the commands and its arguments, and the place behind them.

    Args:
        command: The name, without its backslash.
        tex: The formula.
        place: Behind the command and its options.

    Raises:
        TexError: an argument is missing.
    """
    first, place = argument(tex, place)
    if command == "num":
        return _number_tex(first), place
    if command == "ang":
        return _angle(first), place
    if command in ("unit", "si"):
        return _unit_tex(first), place
    if command == "pu":
        return _plain_quantity(first), place
    if command in ("numlist", "numproduct"):
        joint = ", " if command == "numlist" else r"\times "
        return joint.join(map(_number_tex, re.split(r"[;x]", first))), place
    second, place = argument(tex, place)
    if command == "numrange":
        return rf"{_number_tex(first)}\text{{–}}{_number_tex(second)}", place
    if command in ("SIlist", "qtylist"):
        return ", ".join(_joined(part, second) for part in first.split(";")), place
    if command == "qtyproduct":
        return r"\times ".join(_joined(part, second) for part in first.split("x")), place
    if command in ("SIrange", "qtyrange"):
        unit, place = argument(tex, place)
        return rf"{_joined(first, unit)}\text{{–}}{_joined(second, unit)}", place
    return _joined(first, second), place


def _joined(number: str, unit: str) -> str:
    shown = _unit_tex(unit)
    if not number.strip():
        return shown
    space = "" if shown.startswith(tuple(rf"\text{{{sign}}}" for sign in _UNSPACED)) else r"\,"
    return f"{_number_tex(number)}{space if shown else ''}{shown}"


def _number_tex(number: str) -> str:
    """A number as siunitx reads it: sign, digits, uncertainty, power of ten."""
    factors = re.split(r"\s*x\s*", number.strip())
    if len(factors) > 1 and all(factors):
        return r"\times ".join(map(_number_tex, factors))
    match = _NUMBER.fullmatch(number)
    if match is None or not any(match.group("whole", "part", "power")):
        return number
    shown = {"+-": r"\pm ", "±": r"\pm ", "~": r"\sim "}.get(match["sign"] or "", match["sign"])
    pieces = [f"{shown} " if shown and shown[0] == "\\" else shown or ""]
    whole, part = (match["whole"] or "").replace(" ", ""), (match["part"] or "").replace(" ", "")
    if whole or part:
        pieces.append(_grouped(whole or "0", from_right=True))
        if part:
            pieces.append("." + _grouped(part, from_right=False))
        pieces.append(match["digits"] or "")
        if match["error"]:
            pieces.append(rf"\pm {match['error']}")
    if match["power"]:
        pieces.append((r"\times " if whole or part else "") + f"10^{{{match['power']}}}")
    return "".join(pieces)


def _grouped(digits: str, *, from_right: bool) -> str:
    if len(digits) < _GROUPED:
        return digits
    first = len(digits) % 3 if from_right else 0
    groups = [digits[:first]] if first else []
    groups += [digits[place : place + 3] for place in range(first, len(digits), 3)]
    return r"\,".join(groups)


def _angle(degrees: str) -> str:
    parts = zip(degrees.split(";"), "°′″", strict=False)
    return "".join(rf"{_number_tex(part)}\text{{{sign}}}" for part, sign in parts if part.strip())


def _plain_quantity(text: str) -> str:
    r"""What mhchem's `\pu` holds: a number and a unit without macros."""
    match = re.match(r"\s*([-+]?[\d.,]+(?:[eE][-+]?\d+|\s*(?:x|\*|\.)\s*10\^-?\d+)?)\s*", text)
    if match is None:
        return _unit_tex(text)
    power = re.fullmatch(r"(.*?)\s*[x*.]\s*10\^(-?\d+)", match[1])
    number = rf"{power[1]}\times 10^{{{power[2]}}}" if power else _number_tex(match[1])
    unit = text[match.end() :]
    return number + (rf"\,{_unit_tex(unit)}" if unit.strip() else "")


class _Unit:
    """A unit while it is being read: its symbols with their exponents."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.symbol = ""
        self.power = ""
        self.is_divisor = False
        self.next_power = ""
        self.prefix = ""
        self.qualifier = ""

    def begin(self, symbol: str) -> None:
        """Let a symbol follow, whose exponent may come after it."""
        self.symbol = self.prefix + symbol
        self.power, self.prefix = self.next_power, ""
        self.next_power = self.qualifier = ""

    def take(self, name: str, value: str) -> None:
        """Read a macro that has a value."""
        if name == "tothe":
            self.power = value
        elif name == "raiseto":
            self.end()
            self.next_power = value
        else:
            self.qualifier = value

    def macro(self, name: str) -> None:
        """Read a macro: a power, a prefix, a unit."""
        if name in _POWERS:
            self.power = _POWERS[name]
            return
        self.end()
        if name in _NEXT_POWERS:
            self.next_power = _NEXT_POWERS[name]
        elif name == "per":
            self.is_divisor = True
        elif name in _PREFIXES:
            self.prefix = _PREFIXES[name]
        else:
            self.begin(_UNITS.get(name, name))

    def end(self) -> None:
        """Add the symbol that was begun, if one was."""
        if self.symbol:
            power = self.power
            if self.is_divisor:
                power = power[1:] if power.startswith("-") else f"-{power or '1'}"
                self.is_divisor = False
            exponent = f"^{{{power}}}" if power else ""
            qualifier = rf"_{{\text{{{self.qualifier}}}}}" if self.qualifier else ""
            self.shown.append(rf"\text{{{_escaped(self.symbol)}}}{qualifier}{exponent}")
        self.symbol = ""


def _escaped(symbol: str) -> str:
    return symbol.replace("%", r"\%")


def _unit_tex(unit: str) -> str:
    r"""A unit, of macros as in `\kilo\meter\per\second` or of letters as in `km/s^2`."""
    if "\\" in unit and not re.search(r"\\(?:text|mathrm|frac|cdot|Omega|mu)(?![A-Za-z])", unit):
        return _unit_of_macros(unit)
    if "\\" in unit:
        return unit
    return _unit_of_letters(unit)


def _unit_of_macros(unit: str) -> str:
    read = _Unit()
    place = 0
    while match := TOKEN.match(unit, place):
        piece, place = match[0], match.end()
        name = piece[1:]
        if not piece.startswith("\\"):
            symbol = piece.strip(" .~\n{}")
            if symbol:
                read.end()
                read.begin(symbol)
        elif name in _WITH_VALUE:
            value, place = argument(unit, place)
            read.take(name, value)
        elif name.isalpha():
            read.macro(name)
    read.end()
    return r"\,".join(read.shown)


def _unit_of_letters(unit: str) -> str:
    shown: list[str] = []
    joint = r"\,"
    pieces = _PLAIN_UNIT.findall(unit)
    place = 0
    while place < len(pieces):
        piece = pieces[place]
        place += 1
        if piece in "^_" and place < len(pieces) and shown:
            script = pieces[place].strip("{}")
            place += 1
            shown[-1] += f"{piece}{{{script}}}"
        elif piece == "/":
            joint = "/"
        elif piece in ".~*":
            joint = r"\,"
        elif re.fullmatch(r"[-+]?\d+", piece) and shown:
            shown[-1] += f"^{{{piece}}}"
        else:
            text = rf"\text{{{_escaped(piece.strip('{}'))}}}"
            if shown:
                shown[-1] += joint
            shown.append(text)
            joint = r"\,"
    return "".join(shown)
