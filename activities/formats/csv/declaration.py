"""CSV as the catalog lists it, and the options of its own."""

from typing import Annotated, Literal

from activities.model.formats import Carries, Format, SizeModel, Variant
from activities.model.options import RenderOptions, described


class CsvOptions(RenderOptions, frozen=True):
    """The options of a CSV file."""

    csv_bom: Annotated[
        bool,
        described(
            "Mark CSV as UTF-8",
            "Whether CSV begins with a byte order mark, by which spreadsheets know "
            "UTF-8; some programs take it for text.",
            "Spreadsheets need it; some programs stumble.",
        ),
    ] = True
    csv_delimiter: Annotated[
        Literal["comma", "semicolon", "tab"],
        described(
            "Between the columns",
            "What stands between the columns of CSV. Spreadsheets in countries with a decimal "
            "comma expect a semicolon.",
            "A spreadsheet that shows one column alone expects another.",
            {"comma": "Commas", "semicolon": "Semicolons", "tab": "Tabs"},
        ),
    ] = "comma"
    csv_layout: Annotated[
        Literal["rows", "files"],
        described(
            "CSV files",
            "One CSV of all rows, or a zip archive with one CSV a part.",
            choices={"rows": "One for everything", "files": "A zip with one for each part"},
        ),
    ] = "rows"
    csv_formulas: Annotated[
        Literal["neutral", "raw"],
        described(
            "Texts that look like formulas",
            "What CSV does with text that a spreadsheet would run as a formula, whatever it takes "
            "for the separator: `neutral` puts an apostrophe before its sign; `raw` keeps every "
            "character as it is and is for programs alone, because a spreadsheet that opens it "
            "runs whatever it holds.",
            "A spreadsheet that opens raw text runs whatever is in it.",
            {"neutral": "Made harmless", "raw": "Raw, for programs alone"},
        ),
    ] = "neutral"


FORMAT = Format(
    id="csv",
    name="CSV",
    description="One row a record with fixed columns, for spreadsheets and analysis.",
    media_type="text/csv; charset=utf-8",
    extension="csv",
    carries=Carries(formatting=False, tables=False, math="source", images=False),
    limits="Plain text only: styles, tables and images become text or are left out.",
    opening="Open it in a spreadsheet: a double click does, where commas part columns; choose "
    "semicolons where the decimal sign is a comma.",
    renderer="activities.formats.csv.renderer:RENDERER",
    chunked=True,
    seconds_per_item=0.006,
    options=CsvOptions,
    variants=(Variant("csv_layout", "files", "application/zip", "zip"),),
    size=SizeModel(empty=0, per_text_byte=1.28, per_text=71),
)
