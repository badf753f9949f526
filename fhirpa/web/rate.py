"""How often an address may ask for something costly: a token bucket each, in this process.

Several web processes count each for itself, so that together they let through that many times as much. Behind
a proxy all callers share its address: limit there, and turn this one off.
"""

import ipaddress
import time
from collections.abc import Callable
from threading import Lock

_MOST_ADDRESSES = 10_000
_IPV6_NETWORK = 64  # bits; what one household or office is given


class TooOften(Exception):
    """The address has to wait `retry_after` seconds; `text` says so to whoever asks."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        unit = "second" if retry_after == 1 else "seconds"
        self.text = f"Too many validations from this address; send again in {retry_after} {unit}."
        super().__init__(self.text)


class RateLimit:
    """Each address may spend `per_minute` tokens at once, and gets as many back in a minute. 0: no limit."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._full_at: dict[str, float] = {}  # when the bucket will be full again
        self._lock = Lock()

    def spend(self, address: str | None, tokens: int = 1) -> None:
        """Take tokens; more than a bucket holds count as all that it holds. Raises TooOften."""
        if not self._most:
            return
        seconds = min(tokens, self._most) / self._per_second
        now = self._clock()
        key = _network(address or "")
        with self._lock:
            full_at = max(self._full_at.get(key, now), now) + seconds
            wait = full_at - now - self._most / self._per_second
            if wait > 1e-9:
                raise TooOften(int(wait) + 1)
            if len(self._full_at) >= _MOST_ADDRESSES:
                self._full_at = {k: t for k, t in self._full_at.items() if t > now}
            if key in self._full_at or len(self._full_at) < _MOST_ADDRESSES:
                self._full_at[key] = full_at


def _network(address: str) -> str:
    """What counts as one caller: an IPv4 address, or the network that an IPv6 address is in."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((address.partition("%")[0], _IPV6_NETWORK), strict=False))
