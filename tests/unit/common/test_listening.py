"""An address at which no server can listen is told by what named it, and why."""

import socket

import pytest

from activities.common.listening import UnusablePortError, check_address


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_a_port_is_free_until_somebody_listens_there(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UnusablePortError) as refused:
            check_address(host, port, "EXPORT_PORT")
    assert str(refused.value) == (
        f"EXPORT_PORT: cannot listen at {host}:{port}: Address already in use"
    )
    check_address(host, port, "EXPORT_PORT")


@pytest.mark.parametrize("host", ["203.0.113.9", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(UnusablePortError, match=f"^--port: cannot listen at {host}:20001: "):
        check_address(host, 20_001, "--port")


def test_one_address_of_a_name_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    [here] = socket.getaddrinfo("127.0.0.1", 0, type=socket.SOCK_STREAM)
    [elsewhere] = socket.getaddrinfo("203.0.113.9", 0, type=socket.SOCK_STREAM)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [elsewhere, here])
    check_address("two-addresses", 0, "EXPORT_PORT")
