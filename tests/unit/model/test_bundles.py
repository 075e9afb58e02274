"""What a bundle says of its files."""

from activities.model.bundle_warnings import bundle_warnings, member_warnings
from activities.model.jobs import Phase
from activities.model.manifests import paths
from activities.model.warnings import ExportWarning, NotedWarnings, skipped, skipped_ids
from workflows.contracts import BundledFile, LeftOut, StagedFile

FILE = StagedFile("staging/job-1/member-0000.run.1", 1, "0" * 64)
FILES = [BundledFile("pdf", 0, FILE), BundledFile("docx", 1, FILE)]
LOST = ExportWarning("script-missing", "No font has Linear A.", "content-1")


def rendered(number: int, *warnings: ExportWarning) -> NotedWarnings:
    return NotedWarnings(Phase.RENDERING, number, list(warnings))


def test_what_all_files_lack_is_told_once() -> None:
    noted = [rendered(0, LOST), rendered(1, LOST)]
    assert bundle_warnings(noted, FILES, []) == [LOST]


def test_what_one_file_lacks_is_told_with_its_format() -> None:
    [told] = bundle_warnings([rendered(0, LOST), rendered(1)], FILES, [])
    assert (told.code, told.detail) == ("script-missing", "PDF: No font has Linear A.")


def test_item_counts_as_left_out_when_no_file_has_it() -> None:
    gone, lost = skipped("content-1", "Not rendered."), skipped("content-2", "Not rendered.")
    found = bundle_warnings([rendered(0, gone, lost), rendered(1, gone)], FILES, [])
    assert skipped_ids(found) == {"content-1"}
    [other] = [each for each in found if each.item_id == "content-2"]
    assert (other.code, other.detail) == ("item-left-out-of-format", "PDF: Not rendered.")


def test_item_that_was_not_fetched_is_in_no_file() -> None:
    gone = skipped("content-1", "Not fetched.")
    noted = [NotedWarnings(Phase.FETCHING, 0, [gone]), rendered(1, LOST)]
    assert skipped_ids(bundle_warnings(noted, FILES, [])) == {"content-1"}
    assert member_warnings(noted, 0) == [gone]
    assert member_warnings(noted, 1) == [gone, LOST]


def test_format_without_a_file_is_named() -> None:
    [told] = bundle_warnings([], FILES[:1], [LeftOut("docx", "render-failed", "It failed.")])
    assert (told.code, told.detail) == ("format-left-out", "Word (DOCX): It failed.")


def test_files_of_one_extension_are_told_apart_by_their_formats() -> None:
    assert paths([("Cells", "zip", "csv"), ("Cells", "zip", "markdown"), ("Cells", "pdf", "pdf")])[
        :3
    ] == ["Cells-csv.zip", "Cells-markdown.zip", "Cells.pdf"]
