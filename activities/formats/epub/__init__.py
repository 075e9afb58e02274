"""EPUB 3.3: a book for e-readers and phones, with a file for each part of each item."""
