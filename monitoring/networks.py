"""Networks (CIDR, IPv4 and IPv6) from which a partner's token may be used. No Django, no database.

Whatever cannot be read opens nothing: a list with a spoilt entry admits only what its readable
entries admit, and a caller whose address is not known is outside every network.
"""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

MOST_NETWORKS = 32


class BadNetwork(ValueError):
    """Not a network. `text` is what was written."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no network: write 203.0.113.0/28 or 2001:db8::/48")
        self.text = text


def normal(text: str) -> str:
    """The network as it is stored: `203.0.113.9` → `203.0.113.9/32`. Raises BadNetwork.

    Bits below the mask are refused, because 203.0.113.9/24 is either a slip or a surprise.
    """
    try:
        network = ip_network(text.strip(), strict=True)
    except ValueError:
        raise BadNetwork(text.strip()) from None
    mapped = network.network_address.ipv4_mapped if network.version == 6 else None
    if mapped is not None and network.prefixlen >= 96:
        return f"{mapped}/{network.prefixlen - 96}"
    return str(network)


def normal_list(texts: Sequence[str]) -> list[str]:
    """Every network once, in the order written. Raises BadNetwork, also for too many."""
    found = list(dict.fromkeys(normal(text) for text in texts))
    if len(found) > MOST_NETWORKS:
        raise BadNetwork(f"{len(found)} networks, at most {MOST_NETWORKS}")
    return found


def admits(networks: Sequence[str], address: str | None) -> bool:
    """Whether a caller from `address` is inside one of `networks`; no networks admit everybody."""
    if not networks:
        return True
    caller = _address(address)
    if caller is None:
        return False
    return any(_contains(text, caller) for text in networks)


def _address(text: str | None) -> IPv4Address | IPv6Address | None:
    """A server that listens on both families writes an IPv4 caller as ::ffff:203.0.113.9."""
    try:
        found = ip_address(text or "")
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _contains(text: str, caller: IPv4Address | IPv6Address) -> bool:
    try:
        network: IPv4Network | IPv6Network = ip_network(text)
    except ValueError:
        return False
    return caller in network
