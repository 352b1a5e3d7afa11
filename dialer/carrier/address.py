"""The URLs of one attempt: its id and its secret stand in the path, never in a query."""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class CallAddress:
    """Where the carrier sends what concerns one attempt; `origin` is the public origin of web."""

    origin: str
    attempt_id: str
    token: str

    @property
    def status_url(self) -> str:
        """Call progress events. The fragment asks the carrier for two retries of any failure."""
        return f"{self._base}/status#rc=2&rp=all"

    @property
    def amd_url(self) -> str:
        """The carrier's guess of who picked up, some seconds into the call."""
        return f"{self._base}/amd"

    @property
    def resume_url(self) -> str:
        """TwiML for a call whose stream ended without a goodbye."""
        return f"{self._base}/resume"

    @property
    def stream_url(self) -> str:
        """The media stream; carriers accept only wss."""
        return f"wss://{urlsplit(self.origin).netloc}/media/{self.attempt_id}/{self.token}"

    @property
    def _base(self) -> str:
        return f"{self.origin}/carrier/{self.attempt_id}/{self.token}"
