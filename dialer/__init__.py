"""The dialer decides and remembers: law, money, leads, attempts, appointments. No sound here."""

import zoneinfo

# Governments change clocks at short notice, and an operating system's zone files may be years
# old. All zones come from the `tzdata` package, which is as new as the installation.
zoneinfo.reset_tzpath(to=[])
