"""Start the command line."""

import sys

from genre_app.cli import main

sys.exit(main())
