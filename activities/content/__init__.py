"""Content sources: the SQL tables of the service, and an HTTP platform."""
