"""Pictures of the first pages of an export that somebody is about to start.

The page notes what they are of, and has them drawn when a browser asks for them. The render workers
draw; here nothing of content is opened.
"""

import asyncio
import hashlib
from collections.abc import Sequence

import msgspec
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client
from temporalio.service import RPCError

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import OPERATIONS
from activities.content.source import ItemHead
from activities.jobs.previews import Claim, Preview, Previews, PreviewWish
from activities.jobs.themes import ThemeRecords
from activities.model.book_options import BookOptions
from activities.model.catalog import formats
from activities.model.first_pages import FORMAT, HEIGHTS, MOST_PICTURES, WIDTH
from activities.model.job_formats import options_for, theme_of
from activities.model.options import RenderOptions
from activities.model.problems import BUSY, LIMIT_REACHED
from activities.temporal.circuit_breaker import CircuitBreaker
from activities.temporal.client import TemporalUnavailableError
from activities.temporal.previews import start_preview
from web.auth.tokens import Caller
from web.http.problems import ProblemError, not_found
from web.services.create_export import usual_title
from web.services.theme_choice import ThemeChoice
from workflows.policies import PREVIEW_TIMEOUT

logger = get_logger(__name__)

_LIKENESSES = ("docx",)
"""Formats whose pages look much like those of the PDF."""
_LOOKS_EVERY = 0.1
"""Seconds between two looks at whether pictures are there: a row by its primary key."""

_decode_pictures = msgspec.msgpack.Decoder(list[bytes]).decode
_encode = msgspec.json.Encoder(order="sorted").encode


class OfferedPages(msgspec.Struct, frozen=True):
    """Pictures that a page shows."""

    preview_id: str
    title: str
    """That of the file."""
    width: int
    """In pixels."""
    height: int
    is_likeness: bool
    """True if the file is to be none of `FORMAT`."""


class PagePreviews:
    """The pictures for the people who choose options."""

    def __init__(
        self, previews: Previews, themes: ThemeChoice, theme_records: ThemeRecords, client: Client
    ) -> None:
        self._previews = previews
        self._themes = themes
        self._theme_records = theme_records
        self._client = client
        self._breaker = CircuitBreaker()

    async def offer(
        self,
        caller: Caller,
        heads: Sequence[ItemHead],
        chosen: Sequence[str],
        options: RenderOptions,
    ) -> OfferedPages | None:
        """The pictures of an export of these items; None where there are none to show.

        Args:
            caller: whose content it is.
            heads: the items, in order.
            chosen: the formats, by their ids.
            options: those of every format.
        """
        is_likeness = FORMAT not in chosen
        if FORMAT not in formats() or (is_likeness and not {*chosen} & {*_LIKENESSES}):
            return None
        own = options_for(FORMAT, options)
        assert isinstance(own, BookOptions)
        title = own.title or usual_title(heads)
        try:
            theme = await self._theme(caller, own)
            wish = PreviewWish(
                preview_id=_id(caller.owner_id, heads, title, own, theme),
                owner_id=caller.owner_id,
                title=title,
                options=own,
                content_ids=[head.id for head in heads],
                theme_sha256=theme,
            )
            await self._previews.want(wish, utc_now())
        except ProblemError:
            return None  # what is wrong with the theme is said when the export is started
        except SQLAlchemyError as error:
            logger.warning("no preview", cause=type(error).__name__)
            return None
        return OfferedPages(wish.preview_id, title, WIDTH, HEIGHTS[own.paper], is_likeness)

    async def picture(
        self, caller: Caller, preview_id: str, place: int, request_id: str
    ) -> bytes | None:
        """One of the caller's pictures (WebP), which are drawn if nobody looked at them before.

        Args:
            caller: who looks.
            preview_id: the id of what was offered.
            place: 1 is the first page, 2 the first of the content.
            request_id: for logs.

        Returns:
            None if the file has no page in this place.

        Raises:
            ProblemError: there is no such picture, it cannot be drawn, not in time or not now, or
                the caller has had too many drawn.
        """
        if not 1 <= place <= MOST_PICTURES:
            raise not_found()
        try:
            async with asyncio.timeout(PREVIEW_TIMEOUT.total_seconds()):
                drawn = await self._drawn(caller.owner_id, preview_id, request_id)
        except TimeoutError:
            OPERATIONS.labels("preview", FORMAT, "timed-out").inc()
            raise ProblemError(BUSY, "The first pages could not be drawn in time.") from None
        pictures = _decode_pictures(drawn)
        return pictures[place - 1] if place <= len(pictures) else None

    async def _drawn(self, owner_id: str, preview_id: str, request_id: str) -> bytes:
        preview = await self._look(owner_id, preview_id)
        if preview.pictures is None:
            await self._have_drawn(owner_id, preview_id, request_id)
            preview = await self._look(owner_id, preview_id)
        while preview.pictures is None:
            if preview.failure is not None:
                raise not_found()
            await asyncio.sleep(_LOOKS_EVERY)
            preview = await self._look(owner_id, preview_id)
        return preview.pictures

    async def _look(self, owner_id: str, preview_id: str) -> Preview:
        found = await self._previews.look(preview_id, owner_id)
        if found is None:
            raise not_found()
        return found

    async def _have_drawn(self, owner_id: str, preview_id: str, request_id: str) -> None:
        match await self._previews.claim(preview_id, owner_id, utc_now(), PREVIEW_TIMEOUT):
            case Claim.UNDER_WAY:
                return
            case Claim.TOO_MANY:
                OPERATIONS.labels("preview", FORMAT, "refused").inc()
                detail = "You have had as many first pages drawn in a minute as you may."
                raise ProblemError(LIMIT_REACHED, detail, headers={"Retry-After": "60"})
            case Claim.YES:
                OPERATIONS.labels("preview", FORMAT, "accepted").inc()
        try:
            await self._breaker.call(
                lambda: start_preview(self._client, preview_id, owner_id, request_id)
            )
        except (TemporalUnavailableError, RPCError) as error:
            await self._previews.end(preview_id, None, type(error).__name__)
            raise ProblemError(BUSY, "The first pages cannot be drawn now.") from None

    async def _theme(self, caller: Caller, options: RenderOptions) -> str | None:
        """The hash of the theme that an export would have, which is kept."""
        wish = theme_of(FORMAT, options)
        assert wish is not None
        chosen = await self._themes.choose(caller, wish.name)
        if chosen.stored is None:
            return None
        await self._theme_records.keep(chosen.stored)
        return chosen.stored.sha256


def _id(
    owner_id: str,
    heads: Sequence[ItemHead],
    title: str,
    options: RenderOptions,
    theme: str | None,
) -> str:
    """Equal for what has equal pictures, while the content source tells of every change."""
    items = [(head.id, head.updated_at, head.title) for head in heads]
    return hashlib.sha256(_encode([owner_id, items, title, options, theme])).hexdigest()
