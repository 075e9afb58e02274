"""A server of SMTP for tests: keeps what it takes, and refuses what it is told to."""

import socketserver
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import NamedTuple

from tests.loopback_server import LoopbackServer


class Taken(NamedTuple):
    """One mail as it was handed in."""

    sender: str
    recipients: list[str]
    message: EmailMessage


class Mailbox(LoopbackServer):
    """An SMTP server (RFC 5321) without STARTTLS on a free port of this machine."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.answers: list[str] = []
        """What it answers to the next recipients, one after the other; then it takes them."""
        mailbox = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                """Speak with one client."""
                mailbox.speak(self)

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        super().__init__(server)
        self.url = f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[EmailMessage]:
        """The mails that an address got."""
        return [each.message for each in self.taken if address in each.recipients]

    def speak(self, handler: socketserver.StreamRequestHandler) -> None:
        """Answer the commands of a client."""
        sender, recipients = "", list[str]()
        handler.wfile.write(b"220 test\r\n")
        while line := handler.rfile.readline().decode().strip():
            verb = line[:4].upper()
            answer = "250 ok"
            if verb == "MAIL":
                sender, recipients = line.split("<")[1].split(">")[0], []
            elif verb == "RCPT":
                answer = self.answers.pop(0) if self.answers else answer
                if answer.startswith("250"):
                    recipients.append(line.split("<")[1].split(">")[0])
            elif verb == "DATA":
                handler.wfile.write(b"354 go on\r\n")
                body = b""
                while (part := handler.rfile.readline()) not in {b".\r\n", b""}:
                    body += part.removeprefix(b".") if part.startswith(b"..") else part
                message = message_from_bytes(body, policy=policy.default)
                self.taken.append(Taken(sender, recipients, message))
            elif verb == "QUIT":
                handler.wfile.write(b"221 bye\r\n")
                return
            handler.wfile.write(f"{answer}\r\n".encode())
