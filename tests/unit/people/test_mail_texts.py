"""Mails that tell of exports: in the owner's language, with a link to the page, and harmless."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import msgspec
import pytest

from activities.common.mail import mail_server, message_of
from activities.common.sending_error import SendingError
from activities.model.jobs import Problem
from activities.people.languages import LANGUAGES
from activities.people.mail_texts import MAIL_EVENTS, MailEvent, mail_about
from tests.unit.jobs.jobs_kit import NOW, new_job

JOB = msgspec.structs.replace(
    new_job("job-1", title='<q>Plants</q>\r\nBcc: x@y.example & "more"').as_job(None, None),
    expires_at=NOW,
    error=Problem("", "", "", "timed-out"),
)
URL = "https://exports.school.example"


def told(event: MailEvent, language: str | None = "en") -> EmailMessage:
    """A mail as it arrives."""
    mail = mail_about(event, JOB, ("a@school.example",), URL, language)
    sent = message_of(mail, "Exports <exports@school.example>").as_bytes()
    return message_from_bytes(sent, policy=policy.default)


@pytest.mark.parametrize("event", MAIL_EVENTS)
def test_each_language_has_its_own_words(event: MailEvent) -> None:
    subjects = {str(told(event, tag)["Subject"]) for tag in LANGUAGES}
    assert len(subjects) == len(LANGUAGES)
    html = told(event, "ar").get_body(("html",))
    assert html is not None
    assert '<html lang="ar" dir="rtl">' in html.get_content()
    assert str(told(event, "tlh")["Subject"]) == str(told(event, None)["Subject"])


@pytest.mark.parametrize("event", MAIL_EVENTS)
def test_no_title_is_a_header_or_markup_and_the_link_is_the_page(event: MailEvent) -> None:
    mail = told(event)
    assert mail["Bcc"] is None
    assert mail["Message-ID"] == f"<job-1.{event}@exports.school.example>"
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert "&lt;q&gt;Plants&lt;/q&gt; Bcc" in html.get_content()
    assert f'href="{URL}/exports/job-1"' in html.get_content()
    assert f"{URL}/exports/job-1" in plain.get_content().splitlines()


def test_an_address_that_would_be_a_header_is_refused() -> None:
    for address in ("a@b.example\r\nBcc: x@y.example", "a@b, c@d", ""):
        mail = mail_about("completed", JOB, (address,), URL, None)
        with pytest.raises(SendingError, match="bad-address"):
            message_of(mail, "exports@school.example")


def test_starttls_is_demanded_but_of_this_machine() -> None:
    server = mail_server("smtp://u%40x:p%2F@mail.example")
    assert (server.port, server.tls, server.start_tls) == (587, False, True)
    assert (server.username, server.password) == ("u@x", "p/")
    assert not mail_server("smtp://127.0.0.1:25").start_tls
    assert mail_server("smtp://localhost?starttls=always").start_tls
    assert not mail_server("smtp://mail.example?starttls=never").start_tls
    assert mail_server("smtps://mail.example").tls
    for url in ("http://mail.example", "smtp://", "smtp://a.example/x", "smtp://s3cret@?tls=no"):
        with pytest.raises(ValueError, match="no URL") as refused:
            mail_server(url)
        assert "s3cret" not in str(refused.value)
