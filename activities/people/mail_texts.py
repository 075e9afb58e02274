"""The mails that tell of exports: text and HTML of the same words, with a link to the page.

The link is never one that opens the file by itself: mail is forwarded and archived.
"""

from html import escape
from typing import Literal, get_args
from urllib.parse import urlsplit

from activities.common.mail import Mail
from activities.model.jobs import Job
from activities.model.problems import problem_type
from activities.people.export_titles import shown_title
from activities.people.languages import SOURCE, known_language, speaking, spoken
from activities.people.words import SERVICE

MailEvent = Literal["completed", "failed", "expiring"]
"""What an owner may be told of."""

MAIL_EVENTS: tuple[MailEvent, ...] = get_args(MailEvent)

_ = SERVICE.gettext
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
    with speaking(known_language(language or "") or SOURCE):
        return _mail(event, job, to, public_url, name)


def _mail(event: str, job: Job, to: tuple[str, ...], public_url: str, name: str) -> Mail:
    url = f"{public_url.rstrip('/')}/exports/{job.job_id}"
    subject, sentences = _words(event, job)
    link = _("Open the page of the export")
    text = "\n\n".join([*sentences, f"{link}:\n{url}", ""])
    paragraphs = "".join(f"<p>{escape(each)}</p>" for each in sentences)
    html = (
        f'<!doctype html><html lang="{spoken().tag}" dir="{spoken().direction}"><head>'
        f'<meta charset="utf-8"><title>{escape(subject)}</title></head><body>{paragraphs}'
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
        language=spoken().tag,
    )


def _words(event: str, job: Job) -> tuple[str, list[str]]:
    title = shown_title(job)
    if len(title) > _LONGEST_TITLE:
        title = f"{title[:_LONGEST_TITLE].rstrip()}…"
    given = {"title": title, "moment": ""}
    if job.expires_at:
        # Of workers few write mails, which alone need the words of dates.
        from activities.people.amounts import at_moment

        given["moment"] = at_moment(job.expires_at)
    if event == "failed":
        said = [_("Your export “%(title)s” could not be made.") % given]
        if job.error is not None:
            said.append(_(problem_type(job.error.code).title))
        return _("Export failed: %(title)s") % given, said
    if event == "expiring":
        said = [_("The file of your export “%(title)s” is removed on %(moment)s.") % given]
        return _("Export ends soon: %(title)s") % given, said
    said = [_("Your export “%(title)s” is ready.") % given]
    if job.expires_at is not None:
        said.append(_("Its file is kept until %(moment)s.") % given)
    return _("Export ready: %(title)s") % given, said
