"""The server: gunicorn embedded, one application per worker process."""

import gc
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from fhirpa.config import Settings
from fhirpa.web.logs import configure_logging
from fhirpa.web.metrics import MULTIPROCESS, forget_process
from fhirpa.web.worker import Worker

_KEEP_ALIVE = 30  # seconds; EHRs send several requests in a row
_COLLECT_AFTER = 20_000  # new objects; a submit makes and drops about as many
_CONNECTIONS = 500  # per process; the usual limit of open files is 1024
_GRACE = 30  # seconds that running requests have after SIGTERM
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat file; a disk may stall


def serve(app_factory: Callable[[], Flask], settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; running requests are finished first. Ends with SystemExit.

    `app_factory` is called in every worker after the fork, so that no connection is shared. When the first
    worker can answer, one line with the address goes to standard output.
    Raises OSError where the address is in use.
    """
    _check_free(settings)
    configure_logging(settings.log_level)
    options = server_options(settings)
    if settings.workers > 1 and MULTIPROCESS not in os.environ:
        folder = tempfile.mkdtemp(prefix="fhirpa-metrics-")
        os.environ[MULTIPROCESS] = folder
        options["on_exit"] = lambda _: shutil.rmtree(folder, ignore_errors=True)
    _Server(app_factory, options).run()


def server_options(settings: Settings) -> dict[str, Any]:
    """gunicorn's settings.

    Several workers listen with SO_REUSEPORT each: on one shared socket kept-alive connections pile up
    on one of them. gunicorn's own log is kept to errors, as its warnings quote what was sent.
    """
    host = f"[{settings.host}]" if ":" in settings.host else settings.host

    def started(worker: Any) -> None:
        # What was loaded stays; without this every full collection walks tables and policies again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_COLLECT_AFTER)
        if worker.age == 1:
            sys.stdout.write(f"fhirpa {settings.mode} listens on http://{host}:{settings.port}\n")
            sys.stdout.flush()

    return {
        "bind": f"{host}:{settings.port}",
        "worker_class": type("Worker", (Worker,), {"request_seconds": settings.request_seconds}),
        "worker_connections": _CONNECTIONS,
        "workers": settings.workers,
        "threads": settings.threads,
        "reuse_port": settings.workers > 1,
        "keepalive": _KEEP_ALIVE,
        "graceful_timeout": _GRACE,
        "preload_app": False,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "error",
        "control_socket_disable": True,
        "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
        "post_worker_init": started,
        "child_exit": lambda _, worker: forget_process(worker.pid),
    }


def _check_free(settings: Settings) -> None:
    """With SO_REUSEPORT a second server on the same port would silently share its traffic."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((settings.host, settings.port))


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn configured from a dict; it reads neither the command line nor a file."""

    def __init__(self, app_factory: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._app_factory = app_factory
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app_factory()
