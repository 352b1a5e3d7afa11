"""What `dialer doctor` checks of PostgreSQL and Redis."""

import redis
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from dialer import db, live
from dialer.cli.checks import Check, Status
from dialer.settings import Settings

OLDEST_POSTGRES = 14
OLDEST_REDIS = (6, 2)
NONE_NAMED = "Set it, or run `dialer up`, which brings its own"


def database(settings: Settings) -> Check:
    """PostgreSQL answers, is new enough and has the newest schema."""
    name = "PostgreSQL"
    if not settings.database_url:
        return Check(name, Status.WARN, "DATABASE_URL is not set and none runs here", NONE_NAMED)
    try:
        engine = db.connect(settings.database_url)
        with engine.connect() as connection:
            version = connection.dialect.server_version_info or (0,)
            revision = MigrationContext.configure(connection).get_current_revision()
        engine.dispose()
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
        return Check(name, Status.FAIL, cause, "Start it, or check DATABASE_URL")
    newest = ScriptDirectory.from_config(db.migrations(settings.database_url)).get_current_head()
    shown = ".".join(map(str, version))
    if int(version[0]) < OLDEST_POSTGRES:
        return Check(name, Status.FAIL, f"version {shown}", f"Use {OLDEST_POSTGRES} or newer")
    if revision != newest:
        told = f"version {shown}, schema {revision or 'missing'}, newest {newest}"
        return Check(name, Status.FAIL, told, "Run `dialer migrate`")
    return Check(name, Status.OK, f"version {shown}, schema {revision}")


def redis_server(settings: Settings) -> Check:
    """Redis answers, is new enough and never throws messages away."""
    name = "Redis"
    if not settings.redis_url:
        return Check(name, Status.WARN, "REDIS_URL is not set and none runs here", NONE_NAMED)
    try:
        client = live.connect(settings.redis_url)
        told: dict[str, object] = dict(client.info())
        client.close()
    except (redis.RedisError, ValueError) as error:
        return Check(name, Status.FAIL, str(error), "Start it, or check REDIS_URL")
    version, policy = str(told["redis_version"]), str(told.get("maxmemory_policy", ""))
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        return Check(name, Status.FAIL, f"version {version}", "Use 6.2 or newer")
    if policy != "noeviction":
        return Check(
            name,
            Status.WARN,
            f"version {version}, maxmemory-policy {policy}: queue messages may be thrown away",
            "Set maxmemory-policy to noeviction",
        )
    return Check(name, Status.OK, f"version {version}, {policy}")
