"""The HTTP service: the API, the web pages and the client."""
