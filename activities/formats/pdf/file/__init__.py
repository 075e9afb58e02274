"""The file: PDF objects, streams and structure (ISO 32000)."""
