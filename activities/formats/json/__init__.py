"""JSON: the content as it is, with text as it is written."""
