"""Sets words with Typst in the fonts of a directory: the languages and words come as JSON."""

import json
import sys
from pathlib import Path

import typst

fonts, out = sys.argv[1:]
for language, words in json.load(sys.stdin).items():
    source = Path(out) / f"{language}.typ"
    right_to_left = language in {"ar", "fa", "he", "ur"}
    source.write_text(
        f'#set text(dir: {"rtl" if right_to_left else "ltr"}, font: "Noto Sans")\n' + words
    )
    typst.compile(source, output=source.with_suffix(".pdf"), font_paths=[fonts])
