"""What is wrong with a theme, as operators are told."""

from typing import Literal

ThemeFault = Literal["theme-contrast", "theme-unusable"]


class ThemeError(Exception):
    """A theme cannot be used; the message is a sentence that names the member, value and limit.

    Attributes:
        code: the code of the problem that requests for it are answered with.
    """

    def __init__(self, sentence: str, code: ThemeFault = "theme-unusable") -> None:
        super().__init__(sentence)
        self.code = code
