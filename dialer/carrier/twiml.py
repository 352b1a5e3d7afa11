"""The two TwiML documents: talk to the media gateway, and come back when the talker died."""

from twilio.twiml.voice_response import Connect, VoiceResponse

from dialer.carrier.address import CallAddress


def talk(address: CallAddress) -> str:
    """Connect the call to the media gateway.

    What stands behind `</Connect>` runs only when our side lets go of the stream without hanging
    up: the call is redirected to the resume document, where another media worker takes over.
    """
    response = VoiceResponse()
    connect = Connect()
    connect.stream(url=address.stream_url)
    response.append(connect)
    response.redirect(address.resume_url, method="POST")
    return str(response)


def goodbye(words: str) -> str:
    """Hang up, after a sentence in the carrier's voice where there is one to say."""
    response = VoiceResponse()
    if words:
        response.say(words)
    response.hangup()
    return str(response)
