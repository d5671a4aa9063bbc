"""Addresses to which the machine may send on somebody's word: the public ones, and those that the house allows.

Who names an address that we then call could have us call what only we can reach: the machine itself, its neighbours, or
the service that hands a machine its credentials. So none of these is called unless the house says so.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_UNICAST = IPv6Network("2000::/3")
_COMPATIBLE = IPv6Network("::/96")
_LOW = 0xFFFF_FFFF
_NEVER = (IPv4Network("192.0.0.0/24"), IPv4Network("168.63.129.16/32"))
"""Services of a cloud for its own machines under addresses that look public."""


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return networks written as ``10.0.0.0/8,fd00::/8``; raises ``ValueError`` for what is none."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def may_send_to(address: Address, allowed: Iterable[Network] = ()) -> bool:
    """Return whether a message may go to an address: a public one, or one of the networks that the house allows."""
    return is_among(address, allowed) or is_public(address)


def is_among(address: Address, networks: Iterable[Network]) -> bool:
    """Return whether an address is of one of these networks, also when it is written as IPv6 of an IPv4 one."""
    return any(each in network for each in (address, *_within(address)) for network in networks)


def is_public(address: Address) -> bool:
    """Return whether an address, and every IPv4 address that it carries, is one of the public internet."""
    if isinstance(address, IPv6Address) and address in _NAT64_LOCAL:
        return False
    return all(_is_unicast(each) for each in (address, *_within(address)) if not _is_only_a_way(each))


def _is_unicast(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    never = address.is_multicast or address.is_reserved or any(address in network for network in _NEVER)
    return address.is_global and not never


def _is_only_a_way(address: Address) -> bool:
    """Return whether an IPv6 address is only another way to write an IPv4 one, which alone then counts."""
    return isinstance(address, IPv6Address) and (address.ipv4_mapped is not None or address in _NAT64)


def _within(address: Address) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses that an IPv6 one leads to: mapped, compatible, by NAT64, 6to4 or Teredo."""
    if not isinstance(address, IPv6Address):
        return ()
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        found.append(IPv4Address(int(address) & _LOW))
    return tuple(each for each in found if each is not None)


def address_of(host: str) -> Address | None:
    """Return the address that a host is written as, None for a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None
