"""The rules that stand before the model: opt-out above all, then the questions owed the truth."""

from typing import Literal

from media.engines.llm.words import canonical, matches, phrases

Alarm = Literal[
    "opt_out", "emergency", "minor", "no_recording", "wrong_number", "robot", "who", "number",
    "recording", "injection",
]  # fmt: skip

_WHOM = "( (me|us|here|this number|my (number|phone|cell|house|home)|back))*"
_STOP = phrases(
    r"(?<!bus )(?<!1 )(?<!one )(?<!non )stop(?! (by|in|over|at|there|sign|light)\b)",
    "top calling", "stopped? calling", "quit (it|calling|bothering|harassing|contacting|phoning)",
    "cease( and desist)?", "opt(ing|ed)? (me |us )?out", "unsubscribe",
)  # fmt: skip
_DO_NOT = phrases(
    f"(dont|never|not|shouldnt|not to) (you )?(ever )?(dare )?(to )?(be )?"
    f"(call(ed|ing)?|phon(e|ed|ing)|contact(ed|ing)?|ring|bother(ing)?|dial){_WHOM}",
    "no (more|further) (phone )?(calls?|contact)", "do not (call|contact)",
    f"if you call{_WHOM} again", "no soliciting", "no solicitors?",
    "dont (ever )?(want|wish|need|like) (to )?(get |receive |be |have |you )?(a |any |your |these |"
    "more |anymore |to )*(calls?|calling|called|contacted|phone calls?|hear from you)",
    "((not|arent|isnt) allowed|no right) to (call|contact)",
)  # fmt: skip
_LIST = phrases(
    "(off|from|of|out of) (of )?(your|the|this|that|all|any)( \\w+)? "
    "(lists?|database|system|records?)",
    "(take|get|scratch|cross) (me|us|it|my (number|name)|this number|our number) (off|of|out)",
    "(remove|delete|erase|drop|blacklist|block) (me|us|it|my|our|this) ?(number|name|phone|info\\w*"
    "|data|contact)?", "lose (my|this|our) (number|phone)", "forget my (number|name)",
    "(dont|do not|no) call (list|registry)", "leave (me|us) (alone|be)", "blacklist",
    "(revoke|withdraw|take back) (my |our )?(consent|permission)", "forget me",
    "(dont have|never (gave|give)|didnt give)( you)?( my| our| any)? (consent|permission)",
    "(dont|didnt|not|never) (consent|agreed?) to (these |this |the |any |your |be |being |get |"
    "getting |receive |receiving )*(calls?|called|contacted)", "without my (consent|permission)",
)  # fmt: skip
_OPT_OUT = (_STOP, _DO_NOT, _LIST)
# "Don't call me before ten" asks for another time, "someone can stop by" for a visit.
_ONLY_A_TIME = phrases(
    f"(dont|not|never) (call|phone|ring|bother|contact){_WHOM} (before|until|till|after|today|now|"
    "right now|tonight|tomorrow|at work|at night|in the (morning|afternoon|evening)|this (week|"
    "morning|afternoon|evening)|on (mon|tues|wednes|thurs|fri|satur|sun)\\w*|so (early|late))",
    r"(dont|not|never) (call|phone|ring|bother|contact) (my \w+|him|her|me m\w+ \w+) call (me|us)",
)
_FOR_GOOD = phrases("ever", "again", "anymore", "any more", "never", "list", "stop")
_NOT_STOPPING = phrases(
    "stop (by|in|over|at|there)", "(no|dont|havent|not) (problem )?(you )?(need|have) to call",
    "(dont|didnt|did not) (mind|bother(?! (me|us)))", "not a bother", "not bothering",
    "(i|we) (cant|couldnt|never|wont|havent|dont (want|need|plan) to) stop",
    "stop (for )?(a|1|one|just a) (second|minute|moment|sec)", "let me stop you",
    "stop (can|could|would) you (repeat|say|speak|slow|hold|wait)",
    "stop let me (turn|get|close|ask)",
    r"(take|taking|took|taken|get|pull|keep)( \w+){1,3} off (of )?the market",
)  # fmt: skip
# What the spotter takes for "not to call me" when only these words were said.
_TOLD_TO_CALL = phrases(
    "(who|you|he|she|they|husband|wife|somebody|someone) (told|asked|wanted) you to call"
)
_MEANT_OTHERWISE = (_ONLY_A_TIME, _NOT_STOPPING, _TOLD_TO_CALL)
_WRONG_NUMBER = phrases(
    "wrong (number|person|house|guy|lady|man|woman|phone|home|party)", "(not|no) such person",
    "(no ?body|no 1|no one|nobody|not anyone|dont know anyone) (here )?(by|with|of|named|called)"
    "( that)?", "(dont|doesnt|do nt) know (that|this|any|a|who that|him|her) ?(person|name|guy)?",
    "never heard of", "(doesnt|dont|does not) live here", "isnt (her|his|their) (number|phone)",
    "not (her|his|their) (number|phone)", "(changed|new) (my |phone )?number", "mistaken",
    "(isnt|not) the (right )?(person|number)", "theres no \\w+ here", "not me youre looking for",
    "no longer (lives|here)", "(she|he|they) moved( away| out)?", "wrong numbers?",
)  # fmt: skip
_EMERGENCY = phrases(
    "(its|is|have|having) an emergency", "an ambulance", "call 911", "heart attack",
    "(house|home|kitchen) is on fire", "cant breathe", "hes not breathing", "shes not breathing",
    "someone is (hurt|dying|injured)",
)  # fmt: skip
_MINOR = phrases(
    "im (only )?([5-9]|1[0-7])( years old)?$", "im (only )?([5-9]|1[0-7]) years old",
    "im (just |only )?a (kid|child|minor|little)", "my (mom|dad|mommy|daddy|mother|father|parents) "
    "(is|are|isnt|arent|s)( not)? (home|here|in)",
    "(mom|dad|mommy|daddy)s? (isnt|is not|not) (home|here)",
)  # fmt: skip
_NO_RECORDING = phrases(
    "(dont|not|stop|no) (want|like|agree|consent|be|to|to be|being|me|you|it|this| )*"
    "(record|recorded|recording)", "turn (off )?the recording( off)?",
)  # fmt: skip
_ROBOT = phrases(
    "(are|r) you (an? |the |some (kind|sort) of |really |even |actually |just )*(robot|bot|machine|"
    "computer|ai|a i|human|person|real|automated|artificial|alive|program|voice)",
    "are you (just )?(a|some) recording",
    "is (this|that|it) (an? |some (kind|sort) of |really |just )*(robot|bot|machine|computer|ai|"
    "a i|recording|automated|human|person|real person|robocall|robo call)",
    "am i (talking|speaking) (to|with)", "sound like (an? )?(robot|machine|computer|recording|ai)",
    "youre (an? |just )*(robot|bot|machine|computer|ai|a i|recording)", "(its|this is) a robot",
    "artificial intelligence", "robocall", "robot", "did you say ai", "not a real person",
)  # fmt: skip
_WHO = phrases(
    "whos (this|calling|speaking|that|it)", "who are you", "who am i", "what (company|agency)",
    "which company", "where are you calling from", "(whats|what is) (this|it|that) (about|for|all)",
    "whats your name", "whats this", "what do you want", "why are you calling", "^who$",
    "^(hello|hi|hey|good (morning|afternoon|evening))( hello| hi| there)*$",
    "(who|whom) did you say", "who do you work for",
)  # fmt: skip
_NUMBER = phrases(
    "(how|where) (did|do|have) you (people )?(get|got|find|have|come by) "
    "(my|this|our|me|the) ?\\w*",
    "who gave you (my|this)", "how you got my",
)  # fmt: skip
_RECORDING = phrases(
    "(are|is) (you|this|it) ?(call )?(being )?record(ing|ed)( this| me)?", "on a recorded line",
)  # fmt: skip
_INJECTION = phrases(
    "(ignore|forget|disregard|override|bypass) (all |any |the |your |my |previous |prior |these |"
    "of |above )*(instructions?|rules|prompts?|training|programming|guidelines)", "system prompt",
    "developer mode", "pretend (to be|youre|that)", "act as (a|an|if)", "jailbreak",
    "you (will|must|are) now (be|a|an|act|obey)", "youre now", "(new|your) instructions",
    "repeat after me", "(call|run|use|invoke) the (tool|function)", "as an ai",
)  # fmt: skip


def opts_out(text: str) -> bool:
    """Whether the words, in any recogniser's writing, ask not to be called any more."""
    words = canonical(text)
    if matches(_ONLY_A_TIME, words) and not matches(_FOR_GOOD, words):
        return False
    if matches(_NO_RECORDING, words):
        words = _NO_RECORDING.sub(" ", words)
    words = _NOT_STOPPING.sub(" ", words)
    return any(matches(pattern, words) for pattern in _OPT_OUT)


def opt_out_words(text: str, confident: bool, keyphrases: tuple[str, ...]) -> str | None:
    """The words that are the evidence of an opt-out, or None.

    A spotted keyphrase counts by itself, unless a well recognised sentence shows that the phrase
    meant something else ("don't call me before ten") or holds not even its last word.
    """
    if opts_out(text):
        return text.strip()
    spotted = [phrase for phrase in keyphrases if opts_out(phrase)]
    if confident:
        words = canonical(text)
        if any(matches(meant, words) for meant in _MEANT_OTHERWISE):
            return None
        spotted = [phrase for phrase in spotted if _ends_in(phrase, words)]
    return " / ".join(filter(None, [text.strip(), *spotted])) if spotted else None


def _ends_in(phrase: str, words: str) -> bool:
    """Whether the word that a keyphrase leads up to ("call", "list") was recognised too."""
    last = next(word for word in reversed(phrase.split()) if word not in ("me", "here", "from"))
    return last in words.split()


def alarm(text: str, keyphrases: tuple[str, ...], first_name: str) -> Alarm | None:
    """What the rules must answer themselves, apart from an opt-out."""
    words = canonical(text)
    if matches(_WRONG_NUMBER, words) or _denies(words, first_name):
        return "wrong_number"
    ordered: tuple[tuple[Alarm, bool], ...] = (
        ("emergency", matches(_EMERGENCY, words)),
        ("minor", matches(_MINOR, words)),
        ("injection", matches(_INJECTION, words)),
        ("no_recording", matches(_NO_RECORDING, words)),
        ("robot", matches(_ROBOT, words) and "talk to a" not in words),
        ("number", matches(_NUMBER, words)),
        ("recording", matches(_RECORDING, words)),
        ("who", matches(_WHO, words)),
        ("wrong_number", any("wrong number" in phrase.lower() for phrase in keyphrases)),
    )
    return next((name for name, heard in ordered if heard), None)


def _denies(words: str, first_name: str) -> bool:
    name = canonical(first_name)
    if not name:
        return False
    return matches(phrases(f"(not|no|isnt|dont know|dont know an?) {name}"), words)
