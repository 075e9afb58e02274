"""CSV (RFC 4180): one row a record, in UTF-8."""
