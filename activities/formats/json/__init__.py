"""JSON: the content as it is, with text as Markdown."""
