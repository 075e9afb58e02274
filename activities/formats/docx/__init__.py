"""DOCX: WordprocessingML written as text into a package that python-docx shaped."""
