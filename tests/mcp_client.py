"""The SDK's own client, as agents' programs use it."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

MODES = ("2026-07-28", "legacy")
"""The protocol without a handshake, and the one with it, of all versions before."""


NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Knows no authority, of which reading all takes a client longer than a call does."""


@asynccontextmanager
async def agent(api: str, token: str, mode: str = MODES[0]) -> AsyncIterator[Client]:
    """A connected client.

    Args:
        api: the base URL of the service.
        token: a bearer token.
        mode: which protocol is spoken.
    """
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=90, verify=NO_TLS) as http,
        Client(streamable_http_client(f"{api}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client
