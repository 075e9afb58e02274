"""The warnings of a bundle: of each format those of its file, and of all what they share."""

from collections.abc import Sequence

import msgspec

from activities.model.catalog import formats
from activities.model.jobs import Phase
from activities.model.warnings import ExportWarning, NotedWarnings, skipped_ids
from workflows.contracts import BundledFile, LeftOut


def member_warnings(noted: Sequence[NotedWarnings], number: int) -> list[ExportWarning]:
    """The warnings of one file of a bundle: those of the content, and those of its render.

    Args:
        noted: the warnings of all the job's chunks.
        number: the place of the file's format among those of the request.
    """
    return [
        warning
        for part in noted
        if part.phase == Phase.FETCHING or (part.phase == Phase.RENDERING and part.chunk == number)
        for warning in part.warnings
    ]


def bundle_warnings(
    noted: Sequence[NotedWarnings], files: Sequence[BundledFile], left_out: Sequence[LeftOut]
) -> list[ExportWarning]:
    """The warnings of a whole bundle.

    What happened in some of its files alone begins with their formats' names. So the items that are
    told to be left out are those that no file has.

    Args:
        noted: the warnings of all the job's chunks.
        files: the files that were made.
        left_out: the formats that were not.
    """
    renders = {part.chunk: part.warnings for part in noted if part.phase == Phase.RENDERING}
    concerned: dict[ExportWarning, list[str]] = {}
    for file in files:
        for warning in renders.get(file.number, ()):
            concerned.setdefault(warning, []).append(file.format)
    nowhere = set.intersection(*(skipped_ids(renders.get(file.number, ())) for file in files))
    found = [ExportWarning("format-left-out", f"{_name(e.format)}: {e.detail}") for e in left_out]
    found += [each for part in noted if part.phase == Phase.FETCHING for each in part.warnings]
    for warning, format_ids in concerned.items():
        if len(format_ids) == len(files) or skipped_ids([warning]) & nowhere:
            found.append(warning)
        else:
            found.append(_of_some(warning, format_ids))
    return found


def _of_some(warning: ExportWarning, format_ids: Sequence[str]) -> ExportWarning:
    detail = f"{', '.join(map(_name, format_ids))}: {warning.detail}"
    if skipped_ids([warning]):
        return ExportWarning("item-left-out-of-format", detail, warning.item_id)
    return msgspec.structs.replace(warning, detail=detail)


def _name(format_id: str) -> str:
    entry = formats().get(format_id)
    return format_id if entry is None else entry.name
