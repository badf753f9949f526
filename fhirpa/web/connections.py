"""Connections of the threaded worker: who is silent or slow holds no thread for long, and never the loop.

gunicorn itself gives a thread to a new connection before its first byte, waits for heads and bodies without
end, and stops its loop for up to two seconds for a caller that does not close its side. Here the loop waits
for first bytes and last ones, and a request has a time in which all of it must have arrived.
"""

import errno
import socket
import time
from collections.abc import Callable
from functools import partial
from selectors import EVENT_READ
from typing import Any

import structlog
from gunicorn.http import errors  # type: ignore[import-untyped]
from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped]
from gunicorn.util import close  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from fhirpa.web.body import BodyLate

_LINGER_SECONDS = 2.0  # RFC 9112 section 9.6: read on a little, lest a reset swallow the answer
_LINGER_BYTES = 65536
_PASSING = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)

_log = structlog.get_logger("fhirpa.web")


class Late(errors.ParseException, BodyLate):  # type: ignore[misc]
    """The request did not arrive in its time."""


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker with a time limit for every request."""

    request_seconds = 20.0  # for a whole request to arrive, and for each piece of an answer to leave

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lingering: dict[socket.socket, float] = {}  # closed for us, with the time to give up

    def accept(self, listener: socket.socket) -> None:
        """Take a connection; it costs no thread until it says something."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in _PASSING:
                raise
            return
        self.nr_conns += 1
        connection = _Connection(self.linger, self.cfg, client, address, listener.getsockname())
        connection.timeout = time.monotonic() + self.request_seconds
        self.pending_conns.append(connection)
        self.poller.register(client, EVENT_READ, partial(self.on_pending_socket_readable, connection))

    def handle(self, conn: Any) -> Any:
        """Answer one request, in a thread."""
        if not conn.initialized:
            conn.init()
            conn.parser.unreader = _TimedUnreader(conn.sock, self.request_seconds)
        conn.parser.unreader.begin()
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """The same with a limit for a caller that does not read its answer."""
        conn.sock.settimeout(self.request_seconds)
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            _log.info("caller does not read")
            raise StopIteration from None  # gunicorn closes the connection then

    def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:
        try:
            return bool(super()._keepalive_after(conn, keepalive))
        except Late:
            return False  # what is left of a body that nobody wanted

    def murder_pending(self) -> None:
        """Called by the loop every second: end what has waited too long."""
        if not self.alive:
            for connection in self.pending_conns:  # they have said nothing, so nobody misses an answer
                connection.timeout = 0.0
        super().murder_pending()
        now = time.monotonic()
        for client in [c for c, end in self._lingering.items() if end <= now]:
            self._end(client)

    def linger(self, client: socket.socket) -> None:
        """Say that nothing more will come, and close when the caller does or after a moment."""
        try:
            client.setblocking(False)
            client.shutdown(socket.SHUT_WR)
            self.poller.register(client, EVENT_READ, partial(self._drain, [_LINGER_BYTES]))
        except (OSError, ValueError, KeyError):
            close(client)
            return
        self._lingering[client] = time.monotonic() + _LINGER_SECONDS
        self.nr_conns += 1

    def _drain(self, left: list[int], client: socket.socket) -> None:
        try:
            data = client.recv(_LINGER_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        left[0] -= len(data)
        if not data or left[0] <= 0:
            self._end(client)

    def _end(self, client: socket.socket) -> None:
        del self._lingering[client]
        self.poller.unregister(client)
        close(client)
        self.nr_conns -= 1


class _Connection(TConn):  # type: ignore[misc]
    """A connection whose graceful end does not stop the loop."""

    def __init__(self, linger: Callable[[socket.socket], None], *args: Any) -> None:
        super().__init__(*args)
        self._linger = linger

    def close(self, graceful: bool = False) -> None:
        if graceful:
            self._linger(self.sock)
        else:
            super().close()


class _TimedUnreader(SocketUnreader):  # type: ignore[misc]
    """Reads from the socket until the time of the request is over. Raises Late."""

    def __init__(self, client: socket.socket, seconds: float) -> None:
        super().__init__(client)
        self._seconds = seconds
        self._end = 0.0

    def begin(self) -> None:
        """A request begins to arrive."""
        self._end = time.monotonic() + self._seconds

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next bytes; b'' at the end."""
        left = self._end - time.monotonic()
        shorter = self.sock.gettimeout()  # gunicorn sets one to read what nobody wanted
        try:
            if left <= 0:
                raise Late
            self.sock.settimeout(left if shorter is None else min(left, shorter))
            data: bytes = super().chunk(size_hint)
        except TimeoutError:
            raise Late from None
        finally:
            self.sock.settimeout(self._seconds)
        return data
