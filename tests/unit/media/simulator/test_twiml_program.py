"""Programs on a live line in virtual time: what the callee hears and what the customer is told."""

import asyncio
import io
import wave
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from calls.virtual_time import run_virtually
from media.audio import g711
from media.simulator.hearing import Heard
from media.simulator.line import Line
from media.simulator.people.callee import Callee
from media.simulator.people.scenario import parse
from media.simulator.people.speech import tone
from media.simulator.playout.metronome import Metronome
from media.simulator.program.interpreter import Interpreter
from media.simulator.program.ports import Ports, Source
from media.simulator.program.voices import local_voice
from media.simulator.records.recording import Recording
from media.simulator.twiml.verbs import Say
from media.simulator.webhooks.sender import Answer, WebhookFailed

HOST = "https://h.example"
NUMBER = "+12125550123"
TONE = tone(1000)


def wav(rate=16_000):
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(g711.decode(TONE) * (rate // 8000))
    return file.getvalue()


class Recorder:
    """A recording at the port: counts the beats between start and stop."""

    def __init__(self, source, wish):
        self.source, self.wish, self.stopped = source, wish, False

    def stop(self):
        self.stopped = True
        return Recording("RE1", "CA1", self.source, 1, "both", datetime(2026, 1, 1, tzinfo=UTC))


class World:
    """A callee on a line, the customer's documents, and all that was asked and told."""

    def __init__(self, script, documents):
        people = parse(f'callees:\n  "{NUMBER}": {{ring_s: 0, script: {script}}}', Random(1))
        self.line = Line(Callee(people.person(NUMBER)), lambda: None)
        self.documents = documents
        self.asked, self.codes, self.recorders, self.understood = [], [], [], []
        self.dialed = []
        self.ports = Ports(
            fetch=self.fetch,
            sound=self.sound,
            alert=lambda code, text: self.codes.append(code),
            stream=None,
            fork=None,
            join=None,
            voice="slt",
            recording=self.record,
            recording_url=lambda recording: f"https://api/{recording.sid}",
            dial=self.dial,
            understand=self.understand,
        )

    async def fetch(self, url, method, more):
        self.asked.append((url.removeprefix(HOST), method, dict(more)))
        return self.answer(url)

    async def sound(self, url):
        return self.answer(url)

    def answer(self, url):
        given = self.documents.get(url.removeprefix(HOST))
        if given is None:
            raise WebhookFailed(11200, "nothing there")
        if isinstance(given, str):
            return Answer("text/xml", f"<Response>{given}</Response>")
        return given

    def record(self, source, wish):
        self.recorders.append(Recorder(source, wish))
        return self.recorders[-1]

    async def dial(self, verb):
        self.dialed.append(verb)
        return {"DialCallStatus": "busy"}

    async def understand(self, sound, phrases):
        self.understood.append((len(sound) / 8000, phrases))
        return Heard("yes", 0.9)

    def run(self, source=None, send_digits="", hang_up_s=3600):
        async def course():
            metronome = Metronome()
            metronome.join(self.line.beat)
            interpreter = Interpreter(self.line, self.ports, send_digits)
            with suppress(TimeoutError):
                async with asyncio.timeout(hang_up_s):
                    await interpreter.run(source or Source(url=f"{HOST}/start"))
            await metronome.close()

        run_virtually(course())
        assert self.line.tap is None and self.line.playback.buffered == 0
        return self

    @property
    def heard_ms(self):
        return [round((s.ended - s.started) / 8) for s in self.line.callee.heard()]

    @property
    def seconds(self):
        return self.line.callee.now_ms / 1000


def play(start, script="[]", **documents):
    pages = {f"/{name}": page for name, page in documents.items()}
    return World(script, {"/start": start, **pages}).run()


def test_a_file_is_played_as_often_as_it_says_and_then_the_next_verb():
    world = play("<Play loop='2'>a</Play><Pause length='2'/>", a=Answer("audio/wav", "", wav()))
    assert world.heard_ms == pytest.approx([2000], abs=30)
    assert world.seconds == pytest.approx(4.0, abs=0.1) and world.codes == []


def test_mu_law_is_played_byte_for_byte_and_what_cannot_be_played_is_told():
    sound = Answer("audio/basic", "", TONE)
    world = play("<Play>a</Play><Play>b</Play><Play>c</Play>", a=sound, b=Answer("text/html", ""))
    assert world.heard_ms == [1000] and world.codes == [12300, 11200]
    world = play("<Play>a</Play>", a=Answer("audio/wav", "", b"RIFF"))
    assert world.codes == [12300]


def test_sound_in_place_of_a_document_is_played_and_the_call_is_over():
    world = World("[]", {"/start": Answer("audio/basic", "", TONE)}).run()
    assert world.heard_ms == [1000] and len(world.asked) == 1


def test_a_pause_longer_than_the_play_out_holds():
    assert play("<Pause length='700'/>").seconds == pytest.approx(700, abs=0.1)


def test_gathered_keys_go_to_the_action_without_the_key_that_ends_them():
    world = play(
        "<Gather action='next' method='GET'><Say>a long prompt that is cut off by keys</Say>"
        "</Gather><Hangup/>",
        '[{press: "12#", after_ms: 300}]',
        next="<Hangup/>",
    )
    assert world.asked[1] == ("/next", "GET", {"Digits": "12", "FinishedOnKey": "#"})
    assert world.seconds < 0.5


@pytest.mark.parametrize(
    ("attributes", "script", "digits", "seconds"),
    [
        ("numDigits='2'", '[{press: "123", after_ms: 300}]', "12", 0.3),
        ("timeout='3'", '[{press: "12", after_ms: 300}]', "12", 3.3),
        ("finishOnKey='' timeout='2'", '[{press: "#", after_ms: 300}]', "#", 2.3),
    ],
)
def test_keys_end_by_number_or_by_silence(attributes, script, digits, seconds):
    world = play(f"<Gather action='next' {attributes}/>", script, next="<Hangup/>")
    assert world.asked[1][2]["Digits"] == digits
    assert world.seconds == pytest.approx(seconds, abs=0.15)


def test_nothing_gathered_falls_through_or_is_told():
    world = play("<Gather action='next' timeout='2'/><Redirect>other</Redirect>", other="")
    assert [url for url, *_ in world.asked] == ["/start", "/other"]
    world = play("<Gather action='next' timeout='2' actionOnEmptyResult='true'/>", next="")
    assert world.asked[1][2]["Digits"] == ""
    assert world.seconds == pytest.approx(2.0, abs=0.1)


def test_without_barge_in_the_prompt_is_heard_to_its_end():
    world = play(
        "<Gather action='next' numDigits='1' bargeIn='false'><Play>a</Play></Gather>",
        '[{press: "7", after_ms: 300}]',
        a=Answer("audio/basic", "", TONE),
        next="",
    )
    assert world.heard_ms == [1000] and world.asked[1][2]["Digits"] == "7"


def test_words_are_understood_with_their_hints():
    world = play(
        "<Gather input='speech' speechTimeout='1' hints='yes,no' action='next'>"
        "<Play>a</Play></Gather>",
        "[{say: slt-yes, after_ms: 400}]",
        a=Answer("audio/basic", "", TONE * 5),
        next="",
    )
    assert world.asked[1][2] == {"SpeechResult": "yes", "Confidence": "0.90000000"}
    (((length_s, hints)),) = world.understood
    assert hints == ("yes", "no") and 1.2 < length_s < 2.5
    assert world.heard_ms and world.heard_ms[0] < 900


def test_what_is_gathered_without_an_action_goes_to_the_same_document():
    world = World('[{press: "5", after_ms: 300}]', {"/start": "<Gather numDigits='1'/>"})
    pages = iter(["<Gather numDigits='1'/>", "<Hangup/>"])
    world.answer = lambda url: Answer("text/xml", f"<Response>{next(pages)}</Response>")
    world.run()
    assert [url for url, *_ in world.asked] == ["/start", "/start"]


def test_a_recording_ends_by_silence_after_the_words():
    world = play("<Record action='next' timeout='2'/>", "[{say: slt-yes, after_ms: 1000}]", next="")
    (recorder,) = world.recorders
    assert recorder.stopped and world.heard_ms == pytest.approx([500], abs=20)
    told = world.asked[1][2]
    assert told["RecordingUrl"] == "https://api/RE1" and told["Digits"] == ""
    assert int(told["RecordingDuration"]) == round(world.seconds - 0.5)


@pytest.mark.parametrize(
    ("attributes", "key", "seconds"),
    [("finishOnKey='*'", "*", 1.4), ("maxLength='3' finishOnKey=''", "", 3.0)],
)
def test_a_recording_ends_by_a_key_or_at_its_limit(attributes, key, seconds):
    script = '[{say: slt-yes}, {wait_ms: 1000}, {press: "*"}, {say: slt-not-interested}]'
    world = play(f"<Record playBeep='false' action='next' {attributes}/>", script, next="")
    assert world.asked[1][2]["Digits"] == key
    assert world.seconds == pytest.approx(seconds, abs=0.5)


def test_a_recording_of_nobody_lets_the_next_verb_run():
    world = play("<Record action='next' timeout='2'/><Redirect>other</Redirect>", other="")
    assert [url for url, *_ in world.asked] == ["/start", "/other"]


def test_a_recording_that_the_end_of_the_call_cuts_off_is_told():
    world = World("[{say: slt-yes}]", {"/start": "<Record playBeep='false' action='next'/>"})
    words = []
    world.ports = replace(world.ports, last_word=lambda *told: words.append(told))
    world.run(hang_up_s=2)
    ((action, method, told),) = words
    assert (action, method, told["Digits"]) == (f"{HOST}/next", "POST", "hangup")
    assert told["RecordingDuration"] == "2" and world.recorders[0].stopped


def test_dial_tells_its_action_and_nothing_after_it_runs():
    world = play("<Dial action='next'>+12125550124</Dial><Play>never</Play>", next="")
    assert world.dialed[0].to[0].number == "+12125550124"
    assert world.asked[1] == ("/next", "POST", {"DialCallStatus": "busy"})
    assert world.codes == []
    world = play("<Dial>+12125550124</Dial><Redirect>other</Redirect>", other="")
    assert [url for url, *_ in world.asked] == ["/start", "/other"]


def test_a_document_that_cannot_be_had_is_looked_for_at_the_fallback():
    world = World("[]", {"/fallback": "<Hangup/>"})
    world.run(Source(url=f"{HOST}/gone", fallback_url=f"{HOST}/fallback", fallback_method="GET"))
    more = {"ErrorCode": "11200", "ErrorUrl": f"{HOST}/gone"}
    assert world.asked == [("/gone", "POST", {}), ("/fallback", "GET", more)]
    world = World("[]", {"/start": "<Redirect>gone</Redirect>", "/fallback": ""})
    world.run(Source(url=f"{HOST}/start", fallback_url=f"{HOST}/fallback"))
    assert [url for url, *_ in world.asked] == ["/start", "/gone", "/fallback"]


def test_a_circle_of_redirects_ends():
    world = play("<Redirect>start</Redirect>")
    assert len(world.asked) == 200 and world.codes == [11215]


def test_keys_are_sent_before_the_first_document_only():
    world = World("[]", {"/start": "<Redirect>next</Redirect>", "/next": "<Pause/>"})
    world.run(send_digits="wW1")
    assert world.seconds == pytest.approx(1.5 + 0.2 + 1.0, abs=0.1)


def test_plain_text_is_spoken_and_a_wrong_kind_is_told():
    world = World("[]", {"/start": Answer("text/plain; charset=utf-8", "hello & goodbye")}).run()
    assert world.heard_ms and world.codes == []
    assert World("[]", {"/start": Answer("application/json", "{}")}).run().codes == [12300]


@pytest.mark.parametrize(
    ("voice", "language", "local"),
    [
        ("", "", "rms"),
        ("man", "", "flite:rms"),
        ("Polly.Matthew-Neural", "en-US", "flite:rms"),
        ("Polly.Joanna", "", "flite:slt"),
        ("Google.es-MX-Standard-A", "", "espeak:es-419"),
        ("alice", "fr-FR", "espeak:fr"),
        ("", "en-GB", "espeak:en"),
        ("", "pt-BR", "espeak:pt-br"),
    ],
)
def test_voices_of_the_carrier_have_local_ones(voice, language, local):
    assert local_voice(Say("a", voice, 1, language), "rms") == local
