"""The product's parts for one command: the settings' servers, else the running embedded ones."""

from pathlib import Path

from dialer import settings as configuration
from dialer.embedded import EmbeddedPostgres, EmbeddedRedis
from dialer.settings import Settings
from dialer.wiring import Product


def product() -> Product:
    """The parts. Raises `SettingsError` for wrong settings."""
    return Product(settings())


def settings() -> Settings:
    """The settings; a server that `dialer up` runs on this machine stands in for an empty URL."""
    found = configuration.load()
    servers = {"database_url": _database(found.data_dir), "redis_url": _redis(found.data_dir)}
    missing = {name: url for name, url in servers.items() if url and not getattr(found, name)}
    return found.model_copy(update=missing)


def _database(data_dir: Path) -> str:
    server = EmbeddedPostgres(data_dir)
    return server.url if any(server.socket_dir.glob(".s.PGSQL.*")) else ""


def _redis(data_dir: Path) -> str:
    server = EmbeddedRedis(data_dir)
    return server.celery_url if server.socket.exists() else ""
