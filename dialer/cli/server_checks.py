"""What `dialer doctor` checks of PostgreSQL, of the law that it holds, and of Redis."""

import redis
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from dialer import calling_rules, db, dnc_lists, erasures, live, rule_review
from dialer.cli.checks import Check, Status
from dialer.db import transaction
from dialer.errors import SettingsError
from dialer.settings import Settings
from dialer.wiring import Product

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


def law(settings: Settings) -> Check:
    """The rules can be read, the erasure key is the right one, the registry file is fresh."""
    name = "law"
    if not settings.database_url:
        return Check(name, Status.WARN, "no database to read the rules from", NONE_NAMED)
    it = Product(settings)
    try:
        with transaction(it.sessions) as session:
            now = it.clock.of(session)
            erasures.check(session, it.erasure_key)
            count = len(calling_rules.newest(session))
            faults = [one for one in rule_review.check(session, now) if one.severity == "critical"]
            scrub = dnc_lists.scrub(session, now)
    except SettingsError as error:
        return Check(name, Status.FAIL, error.problem, error.remedy)
    except SQLAlchemyError:
        return Check(name, Status.WARN, "the rules cannot be read yet", "Run `dialer migrate`")
    finally:
        it.engine.dispose()
    if not count or faults:
        told = faults[0].problem if faults else "there are no rules, so nobody is called"
        return Check(name, Status.FAIL, told, "`dialer rules check` names what to mend")
    age = "never imported" if scrub.age_days is None else f"{scrub.age_days} days old"
    return Check(name, Status.OK, f"{count} rules; national DNC registry {age}")


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
