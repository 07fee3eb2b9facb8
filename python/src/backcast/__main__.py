"""`python -m backcast` is the same as `backcast` on the shell."""

import sys

from backcast._shell import main

sys.exit(main())
