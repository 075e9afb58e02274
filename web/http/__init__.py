"""HTTP by itself: problem documents, headers, ranges, URLs."""
