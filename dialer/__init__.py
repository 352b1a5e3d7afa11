"""The dialer decides and remembers: law, money, leads, attempts, appointments. No sound here."""
