"""Cards as tab-separated values."""
