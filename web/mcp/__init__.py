"""The service for agents: tools by the Model Context Protocol (MCP), over HTTP.

Imported only where `EXPORT_MCP` is on: the SDK takes as long to import as half of the API.
"""
