"""Sending mail by one server, which the operator names as a URL.

`smtp://user:password@host:587` demands STARTTLS (RFC 3207), but of a server on this machine;
`smtps://` is TLS from the beginning (RFC 8314); `?starttls=never` sends in the clear. Certificates
are those that the machine trusts, or those in `SSL_CERT_FILE`.
"""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from activities.common.sending_error import SendingError, is_of_tls

_SECONDS = 30.0
_PORTS = {"smtp": 587, "smtps": 465}
_PERMANENT = 500


class MailServer(msgspec.Struct, frozen=True):
    """Where mail is handed in."""

    host: str
    port: int
    tls: bool
    """From the beginning."""
    start_tls: bool
    """Demanded: without it nothing is sent."""
    username: str | None = None
    password: str | None = None


def mail_server(url: str) -> MailServer:
    """The server that a setting names.

    Raises:
        ValueError: it is no such URL; holds nothing of it, as it may hold a password.
    """
    wanted = "smtp://user:password@mail.example:587 or smtps://mail.example"
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    start = options.pop("starttls", "")
    if (
        parts.scheme not in _PORTS
        or not parts.hostname
        or parts.path not in {"", "/"}
        or options
        or start not in {"", "always", "never"}
    ):
        raise ValueError(f"this is no URL such as {wanted}")
    tls = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        tls=tls,
        start_tls=not tls and (start == "always" or (not start and not _here(parts.hostname))),
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Mail(msgspec.Struct, frozen=True):
    """What somebody is told."""

    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    message_id: str
    """Without `<>`: the same whenever the same is told again, so that receivers know it."""
    language: str = "en"


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """The message, of plain text and HTML.

    Raises:
        SendingError: an address or the subject holds what no header may.
    """
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = sender
        message["To"] = ", ".join(str(Address(addr_spec=each)) for each in mail.to)
        message["Subject"] = mail.subject
        message["Message-ID"] = f"<{mail.message_id}>"
        # So that no reply of a machine comes back (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        # Of the whole message: what comes before the parts is made the first one's.
        message["Content-Language"] = mail.language
    except (MessageError, ValueError, IndexError):
        raise SendingError("bad-address", final=True) from None
    return message


def is_address(text: str) -> bool:
    """True if mail can be addressed to it: one address, and nothing that would be a header."""
    try:
        return str(Address(addr_spec=text)) == text and text.isprintable()
    except (MessageError, ValueError, IndexError):
        return False


class Mailer:
    """Hands mail in at a server."""

    def __init__(self, server: MailServer, sender: str) -> None:
        """Send as `sender`, an address or `Name <address>`."""
        self._server = server
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Hand a mail in.

        Raises:
            SendingError: the server did not take it.
        """
        import aiosmtplib  # only where mail is sent

        message = message_of(mail, self._sender)
        try:
            refused = await self._hand_in(message)
        except aiosmtplib.SMTPAuthenticationError:
            raise SendingError("not-allowed") from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            final = all(each.code >= _PERMANENT for each in error.recipients)
            raise SendingError("refused", final=final) from None
        except aiosmtplib.SMTPResponseException as error:
            raise SendingError("refused", final=error.code >= _PERMANENT) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise SendingError("tls" if is_of_tls(error) else "unreachable") from None
        if refused:
            # Others have it: sending again would tell them twice.
            raise SendingError("refused", final=True)

    async def _hand_in(self, message: EmailMessage) -> bool:
        """Hand a message in; true if some of its recipients were refused."""
        import aiosmtplib  # as above

        server = self._server
        async with aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            start_tls=False,
            timeout=_SECONDS,
        ) as client:
            if server.start_tls:
                await client.ehlo()
                if not client.supports_extension("starttls"):
                    raise SendingError("no-starttls")
                await client.starttls()
            if server.username is not None:
                await client.login(server.username, server.password or "")
            refused, _ = await client.send_message(message)
            return bool(refused)
