"""Reads utterances: recordings, texts, WAV files, tones, pauses; as the line has them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from media.audio import g711, gain, level
from media.audio.resample import Samples, to_pcm, to_samples
from media.simulator.people import speech
from media.simulator.people.ear import Loudness
from media.simulator.people.marked_yaml import Marked, did_you_mean
from media.simulator.people.sound.filters import LineKind, filtered
from media.simulator.people.sound.prosody import changed
from media.simulator.people.speech import Utterance
from media.simulator.playout.playback import SAMPLE_RATE
from media.simulator.playout.wav import NotWav, telephone_sound

MANNERS = {"speed", "pitch_semitones", "level_dbfs"}
_SOURCES = {"text", "recording", "wav", "tone", "pause_ms"}
_ONLY_WITH = {"voice": "text", "ms": "tone"}
_PER_MS = SAMPLE_RATE // 1000
MOST_SOUND = 120 * SAMPLE_RATE


class Tone(StrEnum):
    """Sounds that no voice makes."""

    BEEP = "beep"
    CNG = "cng"
    CED = "ced"
    SIT = "sit"


_TONES: dict[Tone, Callable[[int], bytes]] = {
    Tone.BEEP: lambda ms: speech.tone(ms or 400),
    Tone.CNG: lambda ms: speech.tone(ms or 500, 1100),
    Tone.CED: lambda ms: speech.tone(ms or 3000, 2100),
    Tone.SIT: lambda _: speech.tone(276, 985) + speech.tone(276, 1429) + speech.tone(380, 1777),
}
"""Fax: ITU-T T.30; intercept: the special information tone of ITU-T E.180."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a callee speaks. At the defaults every sound stays byte for byte as it is."""

    voice: str = "slt"
    speed: float = 1.0
    semitones: float = 0.0
    level_dbfs: float | None = None

    def spoken(self, sound: bytes) -> bytes:
        """Mu-law speech in this manner."""
        if (self.speed, self.semitones, self.level_dbfs) == (1.0, 0.0, None):
            return sound
        samples = changed(to_samples(g711.decode(sound)), self.speed, self.semitones)
        if self.level_dbfs is not None:
            now = level.active_dbfs(to_pcm(samples), SAMPLE_RATE)
            samples = gain.amplify(samples, gain.gain_for(now, self.level_dbfs, 60.0))
        return g711.encode(to_pcm(samples))


def manner(fields: dict[str, Marked], usual: Manner) -> Manner:
    """The manner of `usual` with the changes of `fields`."""
    found = usual
    if "voice" in fields:
        found = replace(found, voice=fields["voice"].text())
    if "speed" in fields:
        found = replace(found, speed=fields["speed"].number(0.5, 2.0))
    if "pitch_semitones" in fields:
        found = replace(found, semitones=fields["pitch_semitones"].number(-12, 12))
    if "level_dbfs" in fields:
        found = replace(found, level_dbfs=fields["level_dbfs"].number(-60, -6))
    return found


@dataclass(frozen=True, slots=True)
class Sounds:
    """Makes the utterances of one callee. `folder` is where relative WAV paths begin."""

    manner: Manner
    line: LineKind | None
    noise: Samples | None
    loud_dbfs: float
    folder: Path

    def utterance(self, value: Marked) -> Utterance:
        """A name, a mapping with one source, or a list of those and of pauses."""
        if value.is_list():
            parts = [self._part(one, True) for one in value.items()]
            if not parts:
                raise value.error("needs at least one part")
        else:
            parts = [self._part(value, False)]
        name = " ".join(name for name, _ in parts if name)
        sound = b"".join(sound for _, sound in parts)
        if len(sound) > MOST_SOUND:
            raise value.error("lasts longer than two minutes; cut the file, or use `cut_ms`")
        return self.on_the_line(name, sound)

    def on_the_line(self, name: str, sound: bytes) -> Utterance:
        """Mu-law sound behind the line's filter, with its noise."""
        if self.line is not None:
            samples = filtered(to_samples(g711.decode(sound)), self.line)
            sound = g711.encode(to_pcm(samples))
        end = Loudness(self.loud_dbfs).last(sound)
        if self.noise is not None:
            sound = speech.mixed(sound, to_pcm(self.noise))
        return speech.utterance(name, sound, end)

    def _part(self, value: Marked, in_list: bool) -> tuple[str, bytes]:
        if not value.is_mapping():
            return value.text(), self.manner.spoken(_recording(value))
        sources = _SOURCES if in_list else _SOURCES - {"pause_ms"}
        fields = value.fields(sources | MANNERS | {"voice", "ms", "cut_ms"})
        found = sources & fields.keys()
        if len(found) != 1:
            raise value.error(f"needs exactly one of {', '.join(sorted(sources))}")
        source = found.pop()
        for key, only in _ONLY_WITH.items():
            if key in fields and source != only:
                raise fields[key].error(f"goes with `{only}:` alone; remove it")
        name, sound = self._source(source, fields)
        if "cut_ms" in fields:
            sound = sound[: int(fields["cut_ms"].number(20, 120_000)) * _PER_MS]
        return name, sound

    def _source(self, source: str, fields: dict[str, Marked]) -> tuple[str, bytes]:
        value, own = fields[source], manner(fields, self.manner)
        if source == "pause_ms":
            return "", b"\xff" * (int(value.number(20, 60_000)) * _PER_MS)
        if source == "tone":
            kind: Tone = value.choice(Tone)
            duration_ms = int(fields["ms"].number(20, 10_000)) if "ms" in fields else 0
            return kind.value, _TONES[kind](duration_ms)
        if source == "text":
            return value.text(), own.spoken(speech.spoken(own.voice, value.words()))
        if source == "recording":
            return value.text(), own.spoken(_recording(value))
        return Path(value.text()).name, own.spoken(_wav(value, self.folder))


def _recording(value: Marked) -> bytes:
    name = value.text()
    try:
        return speech.recorded(name)
    except speech.RecordingMissing:
        near = did_you_mean(name, speech.recordings())
        remedy = "; write {text: ...} to have words spoken, or {wav: ...} for a file of yours"
        raise value.error(f"there is no recording {name!r}{near}{remedy}") from None


def _wav(value: Marked, folder: Path) -> bytes:
    path = folder / value.text()
    try:
        return telephone_sound(path.read_bytes())
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise value.error(f"{path}: {reason}; paths begin at the scenario file") from None
    except NotWav as error:
        raise value.error(f"{path}: {error}") from None
