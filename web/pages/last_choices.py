"""The formats and options of an owner's last export, which the form offers again."""

import msgspec

from activities.common.clock import utc_now
from activities.model.catalog import every_option, formats
from activities.model.options import RenderOptions
from activities.people.preferences import Preferences


class LastChoices(msgspec.Struct, frozen=True):
    """What was chosen, but for what belongs to the content of one export alone."""

    formats: list[str]
    options: RenderOptions
    together: bool


class _Kept(msgspec.Struct, frozen=True):
    formats: list[str]
    options: msgspec.Raw
    together: bool = False


async def last_choices(preferences: Preferences, owner_id: str) -> LastChoices | None:
    """What the owner chose last, as far as it can still be chosen; None: nothing."""
    text = await preferences.export_choices(owner_id)
    if text is None:
        return None
    try:
        kept = msgspec.json.decode(text, type=_Kept)
        options: RenderOptions = msgspec.json.decode(kept.options, type=every_option())
    except msgspec.ValidationError:
        # Another version of the service kept it.
        return None
    known = [name for name in kept.formats if name in formats()]
    return LastChoices(known, options, kept.together) if known else None


async def remember_choices(preferences: Preferences, owner_id: str, choices: LastChoices) -> None:
    """Keep what the owner chose, without the title, which is that of one export."""
    lasting = msgspec.structs.replace(choices.options, title=None)
    kept = _Kept(choices.formats, msgspec.Raw(msgspec.json.encode(lasting)), choices.together)
    await preferences.keep_export_choices(owner_id, msgspec.json.encode(kept).decode(), utc_now())
