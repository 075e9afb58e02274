"""Markdown: a folder of notes, or one file."""
