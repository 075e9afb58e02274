"""Plain text for reading anywhere."""
