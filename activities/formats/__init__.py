"""Formats, one module or folder each, behind one protocol and one catalog."""
