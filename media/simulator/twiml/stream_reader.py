"""Reads what joins a call to a media stream or takes it off: Connect, and Start and Stop."""

import re
import xml.etree.ElementTree as ElementTree

from media.simulator.twiml.attributes import SCHEMA, Attributes, Warn
from media.simulator.twiml.prompt_reader import alone
from media.simulator.twiml.recording_reader import recording
from media.simulator.twiml.verbs import ConnectStream, StartRecording, StartStream, StopStream

_PARAMETER_LIMIT = 500
_TRACKS = frozenset({"inbound_track", "outbound_track", "both_tracks"})
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def connect(element: ElementTree.Element, warn: Warn) -> tuple[ConnectStream, ...]:
    """`<Connect>` with one `<Stream>`, both ways."""
    attributes = Attributes(element, warn)
    streams = [child for child in element if child.tag == "Stream"]
    for child in element:
        if child.tag != "Stream":
            warn(f"<{child.tag}> in <Connect> is not supported", SCHEMA)
    if len(streams) != 1:
        warn("<Connect> is supported with exactly one <Stream>", SCHEMA)
        return ()
    stream = Attributes(streams[0], warn)
    url = _address(stream, warn)
    if url is None:
        return ()
    if stream.text("track", "inbound_track") != "inbound_track":
        warn("track of a bidirectional stream must be inbound_track", 31941)
        return ()
    verb = ConnectStream(
        url=url,
        name=stream.text("name"),
        parameters=_parameters(streams[0], warn),
        action=attributes.address("action"),
        method=attributes.method(),
        status_callback=stream.address("statusCallback"),
        status_callback_method=stream.method("statusCallbackMethod"),
    )
    return (verb,)


def start(element: ElementTree.Element, warn: Warn) -> tuple[StartStream | StartRecording, ...]:
    """`<Start>`: what runs beside the document."""
    Attributes(element, warn)
    verbs: list[StartStream | StartRecording] = []
    for child in element:
        if child.tag == "Stream":
            verbs.extend(_one_way(child, warn))
        elif child.tag == "Recording":
            verbs.append(recording(child, warn))
        else:
            warn(f"<{child.tag}> in <Start> is not supported", SCHEMA)
    return tuple(verbs)


def stop(element: ElementTree.Element, warn: Warn) -> tuple[StopStream, ...]:
    """`<Stop>` of streams by their names."""
    Attributes(element, warn)
    verbs = []
    for child in element:
        if child.tag != "Stream":
            warn(f"<{child.tag}> in <Stop> is not supported", SCHEMA)
            continue
        name = Attributes(child, warn).text("name")
        if name:
            verbs.append(StopStream(name))
        else:
            warn("<Stream> in <Stop> has no name", SCHEMA)
    return tuple(verbs)


def _one_way(element: ElementTree.Element, warn: Warn) -> tuple[StartStream, ...]:
    stream = Attributes(element, warn)
    url, track = _address(stream, warn), stream.text("track", "inbound_track")
    if url is None:
        return ()
    if track not in _TRACKS:
        warn(f"track {track!r} is none of {', '.join(sorted(_TRACKS))}", 31941)
        return ()
    verb = StartStream(
        url=url,
        name=stream.text("name"),
        track=track,
        parameters=_parameters(element, warn),
        status_callback=stream.address("statusCallback"),
        status_callback_method=stream.method("statusCallbackMethod"),
    )
    return (verb,)


def _address(stream: Attributes, warn: Warn) -> str | None:
    """An absolute `wss://` address or a relative one, without its query."""
    url = stream.text("url")
    if not url and stream.text("connectorName"):
        warn(f"stream connector {stream.text('connectorName')!r} does not exist", 31940)
    elif not url:
        warn("<Stream> has no url", 31923)
    elif _SCHEME.match(url) and not url.startswith("wss://"):
        warn(f"stream url {url!r} is not wss", 31922)
    else:
        if "?" in url:
            warn("query strings of a stream url are not passed on", 31923)
        return url.split("?")[0]
    return None


def _parameters(stream: ElementTree.Element, warn: Warn) -> dict[str, str]:
    parameters = {}
    for child in stream:
        if child.tag != "Parameter":
            warn(f"<{child.tag}> is not allowed in <Stream>", SCHEMA)
            continue
        Attributes(child, warn)
        alone(child, warn)
        name, value = child.get("name", ""), child.get("value", "")
        if not name:
            warn("<Parameter> has no name", SCHEMA)
        elif len(name) + len(value) >= _PARAMETER_LIMIT:
            warn(f"parameter {name!r} is longer than {_PARAMETER_LIMIT} characters", SCHEMA)
        else:
            parameters[name] = value
    return parameters
