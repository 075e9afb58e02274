"""What receipts state of content that not every reader could take as it is."""

from datetime import UTC, datetime

import pytest

from activities.automation.receipts import Made, content_receipt, opened_receipt, pseudonyms
from activities.automation.signing_keys import SigningKeys
from activities.model.item_versions import ItemVersion
from activities.model.options import RenderOptions

KEYS = SigningKeys([b"a key that is made of 32 bytes or more"])
TIME = datetime(2026, 3, 1, tzinfo=UTC)


def made(version: int = 1, content_owner_id: str | None = None) -> Made:
    return Made(
        owner_id="teacher-1",
        issuer="here",
        format="json",
        options=RenderOptions(),
        items=[ItemVersion("a", TIME, b"\0" * 32, version)],
        content_owner_id=content_owner_id,
    )


@pytest.mark.parametrize(
    ("version", "told"),
    [
        (3, 3),
        (2**53 - 1, 2**53 - 1),
        (2**53, "9007199254740992"),
        (-(2**60), "-1152921504606846976"),
        (1_796_135_410_000_000_000, "1796135410000000000"),
    ],
)
def test_any_version_is_stated(version: int, told: object) -> None:
    stated = opened_receipt(content_receipt(made(version), KEYS), KEYS)
    assert [each["version"] for each in stated["items"]] == [told]


def test_whose_content_it_is_is_stated_by_a_pseudonym_if_it_is_anothers() -> None:
    assert "content_owner" not in opened_receipt(content_receipt(made(), KEYS), KEYS)
    receipt = content_receipt(made(content_owner_id="teacher-2"), KEYS)
    assert b"teacher-2" not in receipt
    assert [opened_receipt(receipt, KEYS)["content_owner"]] == pseudonyms("teacher-2", KEYS)
