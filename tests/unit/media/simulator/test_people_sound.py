"""How callees sound: files of any kind, voices changed, noises, poor lines, speakerphones."""

import io
import struct
import wave
from pathlib import Path
from random import Random

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from media.audio import g711
from media.audio.level import active_dbfs, rms_dbfs
from media.audio.resample import to_pcm, to_samples
from media.simulator.impairments import Impairments
from media.simulator.people import speech
from media.simulator.people.marked_yaml import ScenarioError
from media.simulator.people.room import Room
from media.simulator.people.scenario import parse
from media.simulator.people.script import Person, Speak
from media.simulator.people.sound.filters import LineKind, filtered
from media.simulator.people.sound.noise import NoiseKind, loop
from media.simulator.people.sound.prosody import changed
from media.simulator.playout.playback import SILENCE
from media.simulator.playout.wav import NotWav, telephone_sound

VOICE = to_samples(g711.decode(speech.recorded("slt-thinking")))


def wav(rate: int, channels: int = 1, width: int = 2, seconds: float = 0.5) -> bytes:
    """A tone of 1000 Hz on every channel."""
    wave_form = np.sin(2 * np.pi * 1000 * np.arange(round(rate * seconds)) / rate) * 0.25
    if width == 1:
        samples = np.rint(wave_form * 127 + 128).astype(np.uint8)
    else:
        samples = np.rint(wave_form * 32767).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(np.repeat(samples, channels).tobytes())
    return file.getvalue()


def mulaw_wav(sound: bytes, rate: int = 8000, channels: int = 1) -> bytes:
    head = struct.pack("<HHIIHH", 7, channels, rate, rate * channels, channels, 8)
    chunks = b"fmt " + struct.pack("<I", 16) + head
    chunks += b"LIST" + struct.pack("<I", 3) + b"abc\x00"
    chunks += b"data" + struct.pack("<I", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def hertz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * 8000 / len(samples))


def utterance(text: str, folder: Path = Path()) -> bytes:
    """The bytes of the greeting of the one callee, cut after its last sound."""
    entry = f'seed: 1\ncallees:\n  "+12125550101":\n    {text}'
    step = parse(entry, Random(1), folder).person("+12125550101").steps[0]
    assert isinstance(step.action, Speak)
    return b"".join(step.action.utterance.frames)[: step.action.utterance.samples]


# ---- files


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("width", [1, 2])
def test_a_file_of_any_kind_becomes_telephone_sound(rate: int, channels: int, width: int) -> None:
    samples = to_samples(g711.decode(telephone_sound(wav(rate, channels, width))))
    assert len(samples) == pytest.approx(4000, abs=2)
    assert hertz(samples[400:3600]) == pytest.approx(1000, abs=5)
    assert rms_dbfs(to_pcm(samples[400:3600])) == pytest.approx(-15, abs=0.5)


def test_mulaw_of_the_telephone_stays_byte_for_byte() -> None:
    sound = speech.recorded("slt-yes")
    assert telephone_sound(mulaw_wav(sound)) == sound


def test_mulaw_of_another_rate_or_in_stereo_is_brought_down() -> None:
    wide = np.repeat(np.frombuffer(speech.recorded("slt-yes"), dtype=np.uint8), 2).tobytes()
    assert telephone_sound(mulaw_wav(wide, channels=2)) == speech.recorded("slt-yes")
    assert len(telephone_sound(mulaw_wav(wide, rate=16_000))) == pytest.approx(len(wide) / 2, abs=2)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "does not begin like a WAV"),
        (b"ID3 music", "does not begin like a WAV"),
        (b"RIFF\0\0\0\0WAVE", "no format"),
        (mulaw_wav(b""), "holds no sound"),
        (wav(8000, channels=3), "3 channels"),
        (wav(2000), "2000 Hz"),
        (mulaw_wav(b"\xff" * 80).replace(b"\x07\x00\x01", b"\x06\x00\x01", 1), "format 6"),
    ],
)
def test_a_file_that_cannot_be_played_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(NotWav, match=reason):
        telephone_sound(content)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 60))
def test_no_bytes_break_the_reader(noise: bytes, at: int) -> None:
    for content in (noise, mulaw_wav(b"\xff" * 80)[:at] + noise):
        try:
            assert telephone_sound(content)
        except NotWav as error:
            assert str(error)


def test_a_callee_speaks_a_file_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "yes.wav").write_bytes(mulaw_wav(speech.recorded("slt-yes")))
    said = utterance("script: [greet: {wav: yes.wav}]", tmp_path)
    assert said == speech.recorded("slt-yes")[: len(said)]


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file"), (b"MP3", "export it as WAV, 16 bit PCM")]
)
def test_a_file_that_is_wrong_is_told_with_its_line(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / "yes.wav").write_bytes(content)
    with pytest.raises(ScenarioError, match=reason) as caught:
        utterance("script: [greet: {wav: yes.wav}]", tmp_path)
    assert caught.value.line == 4 and caught.value.key.endswith("greet.wav")


# ---- voices


@pytest.mark.parametrize("speed", [0.7, 1.0, 1.4])
@pytest.mark.parametrize("semitones", [-4.0, 0.0, 3.0])
def test_speed_changes_the_length_and_pitch_the_voice(speed: float, semitones: float) -> None:
    new = changed(VOICE, speed, semitones)
    assert len(new) == pytest.approx(len(VOICE) / speed, rel=0.01)
    assert active_dbfs(to_pcm(new), 8000) == pytest.approx(-20, abs=1.5)
    tone = to_samples(g711.decode(speech.tone(1000, 400)))
    raised = changed(tone, speed, semitones)
    assert hertz(raised[800:4800]) == pytest.approx(400 * 2 ** (semitones / 12), rel=0.02)


def test_level_and_parts_and_a_cut() -> None:
    soft = utterance("{level_dbfs: -35, script: [greet: slt-thinking]}")
    assert active_dbfs(g711.decode(soft), 8000) == pytest.approx(-35, abs=1)
    yes = speech.recorded("slt-yes")
    parts = utterance("script: [greet: [slt-yes, {pause_ms: 700}, slt-yes]]")
    assert parts.startswith(yes + b"\xff" * 5600 + yes[:1000])
    cut = utterance("script: [greet: {recording: slt-thinking, cut_ms: 300}]")
    assert cut == speech.recorded("slt-thinking")[: len(cut)] and 1600 < len(cut) <= 2400


# ---- lines


@pytest.mark.parametrize("kind", NoiseKind)
def test_every_noise_has_its_level_no_seam_and_its_seed(kind: NoiseKind) -> None:
    sound = loop(kind, -40.0, Random(5))
    assert rms_dbfs(to_pcm(sound)) == pytest.approx(-40, abs=0.3)
    assert (sound == loop(kind, -40.0, Random(5))).all()
    assert not (sound == loop(kind, -40.0, Random(6))).all()
    jumps = np.abs(np.diff(sound))
    assert abs(sound[0] - sound[-1]) <= max(jumps.max(), 1)


def test_kinds_of_noise_differ_in_colour() -> None:
    def share_below(kind: NoiseKind, hz: int) -> float:
        power = np.abs(np.fft.rfft(loop(kind, -40.0, Random(1)))) ** 2
        return float(power[: len(power) * hz // 4000].sum() / power.sum())

    assert share_below(NoiseKind.WHITE, 400) == pytest.approx(0.1, abs=0.02)
    assert share_below(NoiseKind.CAR, 400) > 0.8
    assert share_below(NoiseKind.HUM, 130) > 0.7
    assert share_below(NoiseKind.TV, 600) < 0.3


def test_the_ratio_of_speech_to_noise_is_what_was_written() -> None:
    text = "{{level_dbfs: -26, noise: {{kind: {}, snr_db: 12}}, script: []}}"
    for kind in ("car", "babble"):
        entry = f'callees:\n  "+12125550101": {text.format(kind)}'
        person = parse(entry, Random(1)).person("+12125550101")
        assert rms_dbfs(g711.decode(b"".join(person.noise))) == pytest.approx(-38, abs=0.5)


def test_two_noises_add_up() -> None:
    entry = 'callees:\n  "+12125550101": {noise: [{kind: hum, dbfs: -40}, {kind: car, dbfs: -40}]}'
    person = parse(entry, Random(1)).person("+12125550101")
    assert rms_dbfs(g711.decode(b"".join(person.noise))) == pytest.approx(-37, abs=0.5)


@pytest.mark.parametrize(
    ("kind", "passes", "stops"),
    [
        (LineKind.NARROW, 1000, 100),
        (LineKind.DULL, 800, 2500),
        (LineKind.TINNY, 1500, 300),
    ],
)
def test_a_line_lets_through_its_band(kind: LineKind, passes: int, stops: int) -> None:
    def level(hz: int) -> float:
        tone = to_samples(g711.decode(speech.tone(500, hz)))
        return rms_dbfs(to_pcm(filtered(tone, kind)[400:3600]))

    assert level(passes) == pytest.approx(-18, abs=1)
    assert level(stops) < -38


def test_the_same_seed_makes_the_same_bytes_and_another_one_others() -> None:
    text = "seed: {}\ncallees:\n  '+12125550101': {{noise_dbfs: -40, script: [greet: slt-yes]}}\n"
    more = text + "  '+12125550102': {{noise_dbfs: -40}}\n"
    one = parse(text.format(7), Random(1)).people["+12125550101"]
    assert parse(more.format(7), Random(2)).people["+12125550101"] == one
    assert parse(text.format(8), Random(1)).people["+12125550101"].noise != one.noise
    unseeded = text.format(7).split("\n", 1)[1]
    assert parse(unseeded, Random(1)).people == parse(unseeded, Random(1)).people
    assert parse(unseeded, Random(1)).people != parse(unseeded, Random(2)).people


# ---- speakerphones


def test_a_speakerphone_turns_its_microphone_down_while_it_plays() -> None:
    person = Person("+1", echo_loss_db=60.0, echo_delay_ms=0.0, double_talk_loss_db=12.0)
    room = Room.of(person)
    assert room is not None
    said, played = speech.tone(20, 500), speech.tone(20, 1500)
    alone = rms_dbfs(g711.decode(room.beat(SILENCE, said)))
    for _ in range(3):
        together = room.beat(played, said)
    assert rms_dbfs(g711.decode(together)) == pytest.approx(alone - 12, abs=0.5)
    held = [rms_dbfs(g711.decode(room.beat(SILENCE, said))) for _ in range(8)]
    assert max(held) < alone - 11, "between two words of the agent it stays down"
    for _ in range(4):
        again = room.beat(SILENCE, said)
    assert rms_dbfs(g711.decode(again)) == pytest.approx(alone, abs=0.3)


def test_the_echo_of_a_callee_is_the_same_in_every_call() -> None:
    person = Person("+1", echo_loss_db=10.0, seed=5)
    first, second = Room.of(person), Room.of(person)
    assert first is not None and second is not None
    sound = speech.tone(20)
    assert [first.beat(sound, SILENCE) for _ in range(8)] == [
        second.beat(sound, SILENCE) for _ in range(8)
    ]
    assert Room.of(Person("+1")) is None


def test_every_phrase_is_recorded_and_nothing_else() -> None:
    callees = Path(str(speech.recordings()["slt-yes"])).parent
    named = [
        f"{voice}-{name}"
        for folder in (callees, callees / "people")
        for voice, texts in yaml.safe_load((folder / "phrases.yaml").read_text("utf-8")).items()
        for name in texts
    ]
    assert sorted(named) == sorted(speech.recordings())
    assert sum(path.stat().st_size for path in (callees / "people").glob("*.ul")) < 1.5e6


def test_the_network_of_a_callee_is_what_the_file_says() -> None:
    entry = (
        'callees:\n  "+12125550101": {network: {jitter_ms: 30, loss: 0.1, stop: false, '
        "stalls: {every_s: 5, ms: [900, 300]}}}\n"
        '  "+12125550102": {network: {stalls: {every_s: 2}}}\n'
        '  "+12125550103": {}\n'
    )
    one, two, three = parse(entry, Random(1)).people.values()
    assert one.impairments == Impairments(30, 5.0, (300, 900), 0.1, stop=False, seed=one.seed)
    assert two.impairments == Impairments(stall_every_s=2.0, seed=two.seed)
    assert two.impairments.any and not three.impairments.any
