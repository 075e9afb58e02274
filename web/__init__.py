"""The HTTP service: the API and the web pages."""
