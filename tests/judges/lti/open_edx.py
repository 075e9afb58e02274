"""A learning platform of one course that launches tools by Open edX's own code for LTI 1.3.

The views around it are as short as they can be; what is signed, and when, is the package's.
"""

import json
import sys
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import django
import lti_consumer
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.template.loader import render_to_string
from lti_consumer.data import Lti1p3LaunchData
from lti_consumer.lti_1p3.consumer import LtiConsumer1p3
from lti_consumer.utils import get_data_from_cache

TEMPLATES = Path(lti_consumer.__file__).parent / "templates"
settings.configure(
    PLATFORM_NAME="Open edX",
    TEMPLATES=[
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [str(TEMPLATES)]}
    ],
)
django.setup()

PEOPLE = {
    "teacher-1": ("staff", "Ada Lovelace"),
    "teacher-2": ("instructor", "Grace Hopper"),
    "learner-1": ("student", "Charles Babbage"),
}
COURSE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Biology, grade 9</title>
<h1>Biology, grade 9</h1>
<p><a href="/launch?{query}" target="_blank">Export in a new window</a></p>{frame}"""
FRAME = (
    '<iframe src="/launch?{query}" title="Export" width="1000" height="700" sandbox="{sandbox}">'
    "</iframe>"
)


def private_key() -> bytes:
    """A key of its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


KEY, ANOTHER_KEY = private_key(), private_key()


class Platform:
    """What Open edX knows of a tool, and the launches that are under way."""

    def __init__(self, known: dict[str, Any]) -> None:
        self.known = known
        self.planted: dict[str, dict[str, Any]] = {}

    def consumer(self, key: bytes = KEY) -> LtiConsumer1p3:
        return LtiConsumer1p3(
            iss=self.known["issuer"],
            lti_oidc_url=self.known["login"],
            lti_launch_url=self.known["target"],
            client_id=self.known["client_id"],
            deployment_id=self.known["deployment"],
            rsa_key=key,
            rsa_key_id="key-1",
            redirect_uris=[self.known["redirect"]],
        )

    def begin(self, user: str, asked: dict[str, str]) -> str:
        """Where the browser goes first: the tool's login."""
        role, name = PEOPLE[user]
        custom = {key: value for key, value in asked.items() if key in {"item", "next"}}
        data = Lti1p3LaunchData(
            user_id=user,
            user_role=role,
            config_id="configuration-1",
            resource_link_id=f"link-{len(self.planted)}",
            name=name,
            email=f"{user}@school.example",
            context_id="course-v1:School+Biology+9",
            context_title="Biology, grade 9",
            custom_parameters=custom,
        )
        url: str = self.consumer().prepare_preflight_url(data)
        hint = dict(parse_qsl(urlsplit(url).query))["lti_message_hint"]
        self.planted[hint] = json.loads(asked.get("fault", "{}"))
        return url

    def answer(self, user: str, asked: dict[str, str]) -> str:
        """The page that posts the launch to the tool."""
        hint = asked.get("lti_message_hint", "")
        data = get_data_from_cache(hint)
        assert data is not None, "no launch is under way"
        assert asked.get("login_hint") == user == data.user_id, "somebody else is signed in"
        planted = self.planted[hint]
        consumer = self.consumer(ANOTHER_KEY if planted.pop("key", None) else KEY)
        consumer.set_user_data(data.user_id, data.user_role, data.name, data.email)
        consumer.set_resource_link_claim(data.resource_link_id)
        consumer.set_launch_presentation_claim(data.launch_presentation_document_target)
        consumer.set_context_claim(data.context_id, None, data.context_title)
        if data.custom_parameters:
            consumer.set_custom_parameters(data.custom_parameters)
        if planted:
            said = consumer.get_lti_launch_message()
            consumer.get_lti_launch_message = lambda: said | planted
        context = {
            "launch_url": asked["redirect_uri"],
            "launch_request": consumer.generate_launch_request(asked),
        }
        page: str = render_to_string("html/lti_1p3_launch.html", context)
        return page


class Views(BaseHTTPRequestHandler):
    """The addresses of the platform."""

    platform: Platform

    def do_GET(self) -> None:
        """Answer one of them."""
        url = urlsplit(self.path)
        asked = dict(parse_qsl(url.query))
        user = asked.get("as") or self.signed_in()
        if url.path == "/keys":
            keys = json.dumps(self.platform.consumer().get_public_keyset())
            self.show(keys, "application/json")
        elif url.path == "/course":
            sandbox = asked.pop("sandbox", "")
            frame = FRAME.format(query=url.query, sandbox=sandbox) if sandbox else ""
            self.show(COURSE.format(query=url.query, frame=frame), signed_in=user)
        elif url.path == "/launch":
            self.send_response(302)
            self.send_header("Location", self.platform.begin(user, asked))
            self.send_header("Set-Cookie", f"person={user}; Path=/; SameSite=Lax")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif url.path == "/auth":
            self.show(self.platform.answer(user, asked))
        else:
            self.send_error(404)

    def signed_in(self) -> str:
        """Who has signed in to the platform."""
        person = SimpleCookie(self.headers["Cookie"]).get("person")
        return person.value if person else ""

    def show(self, text: str, kind: str = "text/html", signed_in: str = "") -> None:
        """Send a page."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        if signed_in:
            self.send_header("Set-Cookie", f"person={signed_in}; Path=/; SameSite=Lax")
        self.end_headers()
        self.wfile.write(text.encode())


Views.platform = Platform(json.loads(sys.argv[1]))
port = urlsplit(Views.platform.known["issuer"]).port
assert port
ThreadingHTTPServer(("127.0.0.1", port), Views).serve_forever()
