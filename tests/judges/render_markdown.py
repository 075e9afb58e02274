"""Renders texts of Markdown as GitHub does: a list of texts as JSON on standard input becomes a
list of HTML on standard output. This runs in an environment of its own.
"""

import json
import sys

from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options

_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES

if __name__ == "__main__":
    texts = json.load(sys.stdin)
    json.dump([github_flavored_markdown_to_html(text, _OPTIONS) for text in texts], sys.stdout)
