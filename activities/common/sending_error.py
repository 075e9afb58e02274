"""What goes wrong while something is sent, as a word: never what a server said, nor a secret."""

import ssl


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


def is_of_tls(error: BaseException) -> bool:
    """True if a connection failed since the certificate or the handshake is not right."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
