"""Examples of shares in the API's description."""

from datetime import UTC, datetime

from activities.people.shares import ShareState
from web.routes.openapi_examples import example
from web.schemas.page import Page
from web.schemas.shares import ShareResponse

_SHARE = ShareResponse(
    share_id="8f14e45fceea167a5a36dedd4bea2543",
    job_id="3b2f8c1e-6d0a-4f6b-9a53-0c8e1d7f2a94",
    name="Class 9b",
    url="https://exports.example.org/s/8f14e45fceea167a5a36dedd4bea2543.q1vZb0kqV7oXJ4m2o7m0Tg",
    state=ShareState.ACTIVE,
    created_at=datetime(2026, 9, 18, 8, tzinfo=UTC),
    expires_at=datetime(2026, 9, 30, 18, tzinfo=UTC),
    max_downloads=30,
    downloads=12,
    last_used_at=datetime(2026, 9, 18, 9, 30, tzinfo=UTC),
)

SHARE = [example("share", "A share for a class", _SHARE)]
SHARES = [example("page", "The only one", Page([_SHARE], 1, 20, 1, 1))]
