"""``python -m debugpy``."""

import sys

from dapstub._cli import main

sys.exit(main())
