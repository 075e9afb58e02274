"""The mails that tell of exports: text and HTML of the same words, with a link to the page.

The link is never one that opens the file by itself: mail is forwarded and archived.
"""

from html import escape
from typing import Literal, get_args
from urllib.parse import urlsplit

from activities.common.mail import Mail
from activities.model.jobs import Job
from activities.model.problems import problem_type

MailEvent = Literal["completed", "failed", "expiring"]
"""What an owner may be told of."""

MAIL_EVENTS: tuple[MailEvent, ...] = get_args(MailEvent)

_LONGEST_TITLE = 120


def mail_about(
    event: str, job: Job, to: tuple[str, ...], public_url: str, language: str | None, name: str = ""
) -> Mail:
    """The mail that tells of an event of a job.

    Args:
        event: one of `MAIL_EVENTS`.
        job: the job as it is now.
        to: the addresses.
        public_url: the base of links.
        language: the owner's, as BCP 47 has it; None: it is not known.
        name: of whom it is for, if that is not the owner.
    """
    del language  # The words are English so far.
    url = f"{public_url.rstrip('/')}/exports/{job.job_id}"
    title = " ".join(job.title.split())
    if len(title) > _LONGEST_TITLE:
        title = f"{title[:_LONGEST_TITLE].rstrip()}…"
    subject, sentences = _words(event, job, title)
    link = "Open the export's page"
    text = "\n\n".join([*sentences, f"{link}:\n{url}", ""])
    paragraphs = "".join(f"<p>{escape(each)}</p>" for each in sentences)
    html = (
        '<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8">'
        f"<title>{escape(subject)}</title></head><body>{paragraphs}"
        f'<p><a href="{escape(url)}">{escape(link)}</a></p></body></html>'
    )
    host = urlsplit(public_url).hostname or "localhost"
    suffix = f".{name}" if name else ""
    return Mail(
        to=to,
        subject=subject,
        text=text,
        html=html,
        message_id=f"{job.job_id}.{event}{suffix}@{host}",
    )


def _words(event: str, job: Job, title: str) -> tuple[str, list[str]]:
    format_name = job.format.upper()
    if event == "failed":
        why = problem_type(job.error.code).title if job.error is not None else ""
        said = f"The export “{title}” ({format_name}) could not be made."
        return f"Export failed: {title}", [said, *([f"{why}."] if why else [])]
    until = ""
    if job.expires_at is not None:
        until = f"{job.expires_at:%Y-%m-%d %H:%M} UTC"
    if event == "expiring":
        said = f"The file of the export “{title}” ({format_name}) is removed on {until}."
        return f"Export ends soon: {title}", [said, "Download it before, or export again later."]
    said = f"The export “{title}” ({format_name}) is ready."
    kept = [f"Its file is kept until {until}."] if until else []
    return f"Export ready: {title}", [said, *kept]
