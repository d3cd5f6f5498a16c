"""Where a request comes from, read in this one place; and whether that is where its user may come from."""

import ipaddress
from collections.abc import Iterable, Sequence

from starlette.datastructures import Headers

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_MOST_HOPS = 100


def client_address(peer: str | None, headers: Headers, proxies: Sequence[Network]) -> Address | None:
    """The address that a request comes from; None when there is none to be believed.

    X-Forwarded-For counts only when the peer is a configured proxy; it is read right to left, through configured
    proxies, to the first address that is none: what stands left of it anybody can have written.
    """
    address = parsed(peer or "")
    hops = ",".join(headers.getlist("x-forwarded-for")).split(",")[-_MOST_HOPS:]
    while address is not None and hops != [""] and hops and is_in(address, proxies):
        address = parsed(hops.pop().strip())
    return address


def parsed(text: str) -> Address | None:
    """An address, with or without a port; one of IPv4 that is mapped into IPv6 is that of IPv4."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def network(text: str) -> Network:
    """An address or a network; bits of hosts are left out.

    Raises:
        ValueError: It is neither.

    """
    found = ipaddress.ip_network(text, strict=False)
    mapped = getattr(found.network_address, "ipv4_mapped", None)
    if mapped is not None and found.prefixlen >= 96:  # noqa: PLR2004 - where ::ffff:0:0 ends
        return ipaddress.ip_network(f"{mapped}/{found.prefixlen - 96}", strict=False)
    return found


def is_in(address: Address, networks: Iterable[Network]) -> bool:
    """Whether an address is in any of the networks."""
    return any(address.version == one.version and address in one for one in networks)
