"""Reads Gather with the prompts inside of it."""

import xml.etree.ElementTree as ElementTree

from media.simulator.twiml import prompt_reader
from media.simulator.twiml.attributes import SCHEMA, Attributes, Warn
from media.simulator.twiml.prompt_reader import Prompt
from media.simulator.twiml.verbs import Gather

_PROMPTS = {
    "Say": prompt_reader.say,
    "Play": prompt_reader.play,
    "Pause": prompt_reader.pause,
}


def gather(element: ElementTree.Element, warn: Warn) -> tuple[Gather, ...]:
    """`<Gather>`; an empty `finishOnKey` means that no key ends it, `numDigits` 0 is no number."""
    attributes = Attributes(element, warn)
    inputs = _inputs(attributes, warn)
    timeout_s = attributes.whole("timeout", 5)
    finish = attributes.text("finishOnKey", "#")
    if len(finish) > 1 or finish not in "0123456789*#":
        warn(f"finishOnKey {finish!r} of <Gather> is not one key", SCHEMA)
        finish = "#"
    verb = Gather(
        nested=_nested(element, warn),
        action=attributes.address("action"),
        method=attributes.method(),
        keys="dtmf" in inputs,
        speech="speech" in inputs,
        timeout_s=float(timeout_s),
        num_digits=attributes.whole("numDigits", 0, 1) or None,
        finish_on_key=finish,
        hints=tuple(hint.strip() for hint in attributes.text("hints").split(",") if hint.strip()),
        barge_in=attributes.flag("bargeIn", True),
        action_on_empty=attributes.flag("actionOnEmptyResult", False),
        speech_timeout_s=_speech_timeout(attributes, timeout_s),
        max_speech_s=float(attributes.whole("maxSpeechTime", 60, 1)),
        language=attributes.text("language"),
    )
    return (verb,)


def _inputs(attributes: Attributes, warn: Warn) -> frozenset[str]:
    inputs = attributes.words("input", "dtmf")
    unknown = inputs - {"dtmf", "speech"}
    if unknown or not inputs:
        warn("input of <Gather> is not made of dtmf and speech", SCHEMA)
    return (inputs - unknown) or frozenset({"dtmf"})


def _speech_timeout(attributes: Attributes, usual: int) -> float | None:
    if attributes.get("speechTimeout") == "auto":
        return None
    return float(attributes.whole("speechTimeout", usual, 1))


def _nested(element: ElementTree.Element, warn: Warn) -> tuple[Prompt, ...]:
    prompts: list[Prompt] = []
    for child in element:
        reader = _PROMPTS.get(child.tag)
        if reader is None:
            warn(f"<{child.tag}> is not allowed in <Gather>", SCHEMA)
        else:
            prompts.extend(reader(child, warn))
    return tuple(prompts)
