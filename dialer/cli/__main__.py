"""`python -m dialer.cli`, where the script `dialer` is not on the path."""

import sys

from dialer.cli.app import main

sys.exit(main())
