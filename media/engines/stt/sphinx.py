"""Speech recognition inside the process, without a network: pocketsphinx on the call's domain."""

from concurrent.futures import Future
from math import exp, log
from pathlib import Path
from typing import Any

from pocketsphinx import Decoder, get_model_path

from media.audio.resample import FoldedUpsampler, to_pcm, to_samples
from media.engines.stt.phrases import LISTING, phrases_in
from media.engines.stt.port import Recognition, known

_DATA = Path(__file__).parent / "data"
_CEPSTRAL_MEAN = "42,4,3,15,2,-9,6,-15,-12,0,-13,4,-9"
"""Where cepstral mean normalisation starts: measured on telephone speech at -20 dBFS, so that
the first words of a call are not heard through the model's studio."""
_LEAST = 1e-300
_BIAS = 14.4
_WEIGHTS = (306.0, -37.5, 1.17, 0.54)


class Models:
    """The acoustic model, language model and keyphrases in memory, 0.4 s to load.

    Made once in a process, after any fork, and used by one recogniser at a time: decoders keep
    state, and the state that outlives an utterance is put back at each new recogniser.
    """

    def __init__(self) -> None:
        self.sentences = _decoder(lm=str(_DATA / "domain.lm"))
        self.keyphrases = _decoder(kws=str(LISTING))
        self.listening = False

    def start(self) -> None:
        """Begin an utterance in both decoders; one that is still open is dropped."""
        self.end()
        self.sentences.start_utt()
        self.keyphrases.start_utt()
        self.listening = True

    def end(self) -> None:
        """End the open utterance, if there is one."""
        if self.listening:
            self.listening = False
            self.sentences.end_utt()
            self.keyphrases.end_utt()

    def forget_call(self) -> None:
        """Drop what an abandoned call left open, and the adaptation to its line."""
        self.end()
        for decoder in (self.sentences, self.keyphrases):
            decoder.set_cmn(_CEPSTRAL_MEAN)


def _decoder(**search: str) -> Any:
    return Decoder(
        hmm=get_model_path("en-us/en-us"),
        dict=str(_DATA / "domain.dict"),
        samprate=16_000,
        fwdflat=False,
        cmninit=_CEPSTRAL_MEAN,
        loglevel="FATAL",
        **search,
    )


class SphinxRecognizer:
    """A `Recognizer` of one call over `models` that outlive it."""

    def __init__(self, models: Models | None = None) -> None:
        self._models = models or Models()
        self._models.forget_call()
        self._upsampler = FoldedUpsampler()

    def start(self) -> None:
        """See `Recognizer`; an utterance that was not finished is dropped."""
        self._upsampler = FoldedUpsampler()
        self._models.start()

    def accept(self, pcm: bytes) -> None:
        """See `Recognizer`. Raises RuntimeError outside of an utterance."""
        if not self._models.listening:
            raise RuntimeError("start() first")
        wide = to_pcm(self._upsampler.process(to_samples(pcm)))
        self._models.sentences.process_raw(wide, False, False)
        self._models.keyphrases.process_raw(wide, False, False)

    def pause(self) -> None:
        """See `Recognizer`; the words so far are there at any time."""

    def partial(self) -> str:
        """See `Recognizer`."""
        return _text(self._models.sentences) if self._models.listening else ""

    def finish(self) -> Future[Recognition]:
        """See `Recognizer`. Raises RuntimeError outside of an utterance."""
        if not self._models.listening:
            raise RuntimeError("start() first")
        self._models.end()
        text = _text(self._models.sentences)
        confidence = _confidence(self._models.sentences) if text else 0.0
        return known(Recognition(text, confidence, self._phrases(text)))

    def close(self) -> None:
        """See `Recognizer`; the models stay, for the next call."""

    def _phrases(self, text: str) -> tuple[str, ...]:
        """What the spotter heard, then what only the language model understood."""
        spotter = self._models.keyphrases
        spotted = [one.word.strip() for one in spotter.seg()] if spotter.hyp() else []
        return tuple(dict.fromkeys([*spotted, *phrases_in(text)]))


def _text(decoder: Any) -> str:
    hypothesis = decoder.hyp()
    return hypothesis.hypstr.strip() if hypothesis else ""


def _confidence(decoder: Any) -> float:
    """How likely the sentence is right, from what the search already knows.

    A closed language model makes a sentence of anything, but speech from outside of it comes
    out as unlikely words with poor sound. Logistic regression on the words' mean and least
    language score and mean and least acoustic score per frame, fitted on synthetic telephone
    speech (151 right, 104 wrong sentences, 10-fold area under the curve 0.95). The decoder's
    own posterior is of no use for this (0.5).
    """
    segments = [one for one in decoder.seg() if not one.word.startswith(("<s", "["))]
    words = [one for one in segments if not one.word.startswith("<")]
    if not words:
        return 0.0
    language = [_log(one.lscore) for one in segments if one in words or one.word == "</s>"]
    frames = [one.end_frame - one.start_frame + 1 for one in words]
    sound = [_log(one.ascore) for one in words]
    worst = min(score / length for score, length in zip(sound, frames, strict=True))
    features = (sum(language) / len(language), min(language), sum(sound) / sum(frames), worst)
    logit = _BIAS + sum(w * x for w, x in zip(_WEIGHTS, features, strict=True))
    return 1 / (1 + exp(-max(-30.0, min(30.0, logit))))


def _log(score: float) -> float:
    """The decoder gives scores as plain numbers, which may underflow."""
    return log(max(score, _LEAST))
