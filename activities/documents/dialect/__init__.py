"""Markdown beyond CommonMark, as models and wikis write it: rules for the parser."""
