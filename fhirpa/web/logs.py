"""Log lines as JSON on standard error, with the request id of the call that they belong to."""

import logging
import sys

import structlog


def configure_logging(level: str) -> None:
    """Once per process, before anything is logged. `level` as in the settings (INFO, WARNING, ...)."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
