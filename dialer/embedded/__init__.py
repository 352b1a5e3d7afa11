"""PostgreSQL and Redis for one machine: the binaries of two wheels, run in the data directory."""

from dialer.embedded.postgres import EmbeddedPostgres
from dialer.embedded.redis import EmbeddedRedis, celery_url

__all__ = ["EmbeddedPostgres", "EmbeddedRedis", "celery_url"]
