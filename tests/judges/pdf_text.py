"""Prints what MuPDF finds in PDF files, their text by path, as JSON."""

import json
import sys

import pymupdf

found = {}
for path in sys.argv[1:]:
    with pymupdf.open(path) as pdf:
        found[path] = "\n".join(page.get_text() for page in pdf)
sys.stdout.write(json.dumps(found))
