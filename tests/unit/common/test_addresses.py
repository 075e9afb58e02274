"""Which addresses and origins may be reached on behalf of content."""

from ipaddress import ip_address

import pytest

from activities.common.addresses import is_public
from activities.common.allowed_origins import allowed_origins

INNER = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1
127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255
192.0.0.1 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.168.255.255
192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1
255.255.255.255
:: ::1 ::7f00:1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:8.8.8.8
::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::1
64:ff9b:1::127.0.0.1 100::1 2001::1 2001:0:7f00:1::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1
2002:7f00:1::1 2002:a00:1::1 2002:a9fe:a9fe::1 2620:4f:8000::1 3fff::1 5f00::1 fc00::1 fd00::1
fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1 2606:4700::1111%eth0
"""
PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1
169.253.255.255 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
223.255.255.255 168.63.129.17 2606:4700:4700::1111 2a00:1450:4001::1 64:ff9b::8.8.8.8
"""


@pytest.mark.parametrize("address", INNER.split())
def test_addresses_that_are_not_everybodys_are_refused(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC.split())
def test_addresses_of_the_internet_may_be_reached(address: str) -> None:
    assert is_public(ip_address(address))


LISTED = "https://cdn.example, https://files.internal=10.1.0.0/16, http://127.0.0.1:9000"


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.example/a.png",
        "https://CDN.example:443/a.png?x=1#y",
        "https://files.internal/a",
        "http://127.0.0.1:9000/a",
    ],
)
def test_urls_of_listed_origins_are_found(url: str) -> None:
    assert allowed_origins(LISTED).of(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/a.png",
        "//cdn.example/a.png",
        "http://cdn.example/a.png",
        "https://cdn.example:8443/a.png",
        "https://cdn.example./a.png",
        "https://x.cdn.example/a.png",
        "https://cdn.example.org/a.png",
        "https://user@cdn.example/a.png",
        "https://cdn.example@evil.example/a.png",
        "https://evil.example/https://cdn.example/",
        "https://evil.example\\@cdn.example/",
        "http://127.0.0.1/a",
        "http://2130706433:9000/a",
        "http://0x7f.1:9000/a",
        "http://0177.0.0.1:9000/a",
        "http://[::ffff:127.0.0.1]:9000/a",
        "http://localhost:9000/a",
        "file:///etc/passwd",
        "ftp://cdn.example/a",
        "https://[",
        "https://cdn.example:99999/",
        "https://\ud800/",
    ],
)
def test_other_urls_are_not(url: str) -> None:
    assert allowed_origins(LISTED).of(url) is None


def test_a_network_counts_for_its_origin_alone() -> None:
    allowed = allowed_origins(LISTED)
    inner, other = ip_address("10.1.2.3"), ip_address("10.2.0.1")
    files, cdn = allowed.of("https://files.internal/"), allowed.of("https://cdn.example/")
    assert files
    assert cdn
    assert allowed.may_reach(files, inner)
    assert not allowed.may_reach(files, other)
    assert not allowed.may_reach(cdn, inner)


@pytest.mark.parametrize(
    "entry",
    ["cdn.example", "http://cdn.example", "https://a/b", "https://a=x", "ftp://a", "https://u@a"],
)
def test_what_is_no_origin_is_refused_by_name(entry: str) -> None:
    with pytest.raises(ValueError, match=entry.replace("?", ".")):
        allowed_origins(f"https://fine.example, {entry}")
