"""Content as a neutral document, the same for every format."""
