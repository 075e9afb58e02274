"""XLSX: rows written as text into a workbook that openpyxl shaped."""
