"""What goes wrong while something is sent, as a word: never what a server said, nor a secret."""


class SendingError(Exception):
    """It did not arrive.

    Attributes:
        word: why, in a word that rows, logs and owners may hold.
        final: whether trying again does not help.
    """

    def __init__(self, word: str, *, final: bool = False) -> None:
        super().__init__(word)
        self.word = word
        self.final = final
