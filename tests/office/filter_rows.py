"""Chooses a value in the filter of every sheet of an open workbook, as a click in it does.

Runs in the Python that LibreOffice's UNO bridge is installed for, not in the project's:
python3 filter_rows.py PIPE WORKBOOK_URL VALUE

Prints, as JSON, what is seen then: by sheet, the first cell of each row that is not hidden.
Ends LibreOffice.
"""

import json
import sys
import time
from typing import Any

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.sheet import TableFilterField2
from com.sun.star.sheet.FilterOperator2 import EQUAL

_START_SECONDS = 60


def connect(pipe: str) -> Any:
    """LibreOffice's desktop, once it listens on this pipe."""
    context = uno.getComponentContext()
    resolver = context.ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
    latest = time.monotonic() + _START_SECONDS
    while True:
        try:
            remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if time.monotonic() > latest:
                raise
            time.sleep(0.2)
        else:
            return remote.ServiceManager.createInstance("com.sun.star.frame.Desktop")


def filter_of(workbook: Any, place: int) -> Any:
    """The database range that the filter of a sheet has become.

    Raises:
        NoSuchElementException: the sheet has no filter.
    """
    # The bridge does not offer this one as an attribute.
    return workbook.getPropertyValue("UnnamedDatabaseRanges").getByTable(place)


def choose(workbook: Any, place: int, value: str) -> None:
    """Let the filter that the sheet came with show rows alone whose first cell is the value."""
    filtered = filter_of(workbook, place)
    assert filtered.AutoFilter
    chosen = TableFilterField2()
    chosen.Field = 0
    chosen.Operator = EQUAL
    chosen.StringValue = value
    filtered.getFilterDescriptor().setFilterFields2((chosen,))
    filtered.refresh()


def rows_seen(workbook: Any, place: int) -> list[str]:
    """The first cells of the rows that the sheet's filter is about and that are not hidden."""
    sheet = workbook.Sheets.getByIndex(place)
    area = filter_of(workbook, place).DataArea
    return [
        sheet.getCellByPosition(area.StartColumn, row).String
        for row in range(area.StartRow, area.EndRow + 1)
        if sheet.Rows.getByIndex(row).IsVisible
    ]


def main(pipe: str, url: str, value: str) -> None:
    desktop = connect(pipe)
    try:
        hidden = PropertyValue(Name="Hidden", Value=True)
        workbook = desktop.loadComponentFromURL(url, "_blank", 0, (hidden,))
        seen = {}
        for place, name in enumerate(workbook.Sheets.ElementNames):
            choose(workbook, place, value)
            seen[name] = rows_seen(workbook, place)
        sys.stdout.write(json.dumps(seen))
        workbook.close(True)
    finally:
        desktop.terminate()


if __name__ == "__main__":
    main(*sys.argv[1:])
