"""The one place that chooses: from settings to database, broker, carrier and mail server."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import Engine

from dialer import db, live
from dialer.campaigns import Limits
from dialer.carrier.port import Carrier
from dialer.carrier.twilio import TwilioCarrier
from dialer.carrier.webhook import Signatures
from dialer.clock import Clock
from dialer.erasures import Key
from dialer.errors import SettingsError
from dialer.kept_secret import kept
from dialer.ledger import GLOBAL, Purse, purse
from dialer.live import LiveCalls
from dialer.mail import MailServer
from dialer.nudges import Nudges, queue_app
from dialer.phone import E164, PhoneInvalid, parse
from dialer.reservations import Terms
from dialer.rules.budget import MICROS_PER_USD, micros
from dialer.rules.rate_card import RateCard
from dialer.settings import Settings
from dialer.verdicts import Verdicts

ERASURE_KEY_FILE = "erasure-key"


@dataclass(frozen=True)
class Product:
    """The parts of one process, each made when first needed and after any fork."""

    settings: Settings

    @property
    def clock(self) -> Clock:
        """The product's clock."""
        return self.settings.clock

    @cached_property
    def engine(self) -> Engine:
        """The database. Raises `SettingsError` when none is named."""
        if not self.settings.database_url:
            raise SettingsError(
                "DATABASE_URL is not set", "Set it, or run `dialer up`, which brings its own"
            )
        return db.connect(self.settings.database_url)

    @cached_property
    def sessions(self) -> db.Sessions:
        """Database sessions."""
        return db.sessions(self.engine)

    @cached_property
    def live(self) -> LiveCalls:
        """Live call state."""
        return LiveCalls(live.connect(self._redis_url))

    @cached_property
    def nudges(self) -> Nudges:
        """The queues."""
        return Nudges(queue_app(self._redis_url))

    @cached_property
    def carrier(self) -> Carrier:
        """The carrier. Raises `SettingsError` when the account is incomplete."""
        settings = self.settings
        token = settings.twilio_auth_token.get_secret_value()
        if not settings.twilio_account_sid or not token:
            raise SettingsError(
                "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not set",
                "Copy both from the Twilio console, or rehearse with `dialer demo`",
            )
        return TwilioCarrier(settings.twilio_account_sid, token, settings.twilio_api_base)

    @cached_property
    def signatures(self) -> Signatures:
        """The check of the carrier's signatures."""
        return Signatures(
            self.settings.twilio_auth_token.get_secret_value(), self.settings.public_url
        )

    @cached_property
    def mail(self) -> MailServer | None:
        """The mail server; None when SMTP_HOST is not set, and invites wait in the outbox."""
        settings = self.settings
        if not settings.smtp_host:
            return None
        return MailServer(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_username,
            settings.smtp_password.get_secret_value(),
            settings.smtp_starttls,
        )

    @property
    def rate_card(self) -> RateCard:
        """What calls cost, product by product."""
        it = self.settings
        return RateCard(
            voice={prefix: micros(price) for prefix, price in it.voice_prices.items()},
            per_minute={
                "stream": micros(it.rate_stream_per_minute),
                "recording": micros(it.rate_recording_per_minute),
                "llm": micros(it.rate_llm_per_minute),
                "stt": micros(it.rate_stt_per_minute),
            },
            amd_micros=micros(it.rate_amd_per_call),
            tts_micros_per_million=micros(it.rate_tts_per_character * MICROS_PER_USD),
        )

    @cached_property
    def erasure_key(self) -> Key:
        """The key of erased numbers: the setting's, else the one kept in DATA_DIR."""
        given = self.settings.erasure_key.get_secret_value()
        return Key(given or kept(self.settings.data_dir / ERASURE_KEY_FILE))

    def account_purse(self, now: datetime) -> Purse:
        """The budget of all campaigns together on its day at `now`."""
        it = self.settings
        return purse(GLOBAL, micros(it.daily_budget), it.budget_timezone, now)

    @property
    def terms(self) -> Terms:
        """What bounds every dial."""
        settings = self.settings
        return Terms(
            max_concurrent=settings.max_concurrent_calls,
            calls_per_second=settings.calls_per_second,
            card=self.rate_card,
            daily_budget_micros=micros(settings.daily_budget),
            cost_per_call_micros=micros(settings.cost_per_call_limit),
            budget_zone=settings.budget_timezone,
            public_url=settings.public_url,
            ready_timeout=timedelta(seconds=settings.ready_timeout_seconds),
        )

    @cached_property
    def verdicts(self) -> Verdicts:
        """What the law said of the localities, remembered by this process."""
        return Verdicts()

    @property
    def limits(self) -> Limits:
        """What bounds every campaign. Raises `SettingsError` without a usable caller id."""
        settings = self.settings
        try:
            caller_id = parse(settings.twilio_phone_number)
        except PhoneInvalid as fault:
            raise SettingsError(
                f"TWILIO_PHONE_NUMBER {fault}", "Set the number that the account owns, E.164"
            ) from None
        return Limits(
            caller_id=E164(caller_id),
            cost_per_call_micros=micros(settings.cost_per_call_limit),
            max_attempts=settings.max_attempts,
            max_call_seconds=settings.max_call_seconds,
            ring_timeout_seconds=settings.ring_timeout_seconds,
            max_concurrent=settings.max_concurrent_calls,
        )

    @property
    def _redis_url(self) -> str:
        if not self.settings.redis_url:
            raise SettingsError(
                "REDIS_URL is not set", "Set it, or run `dialer up`, which brings its own"
            )
        return self.settings.redis_url
