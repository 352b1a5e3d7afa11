"""The carrier: a port, Twilio's adapter behind it, TwiML, and the check of its signatures."""
