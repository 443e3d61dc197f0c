"""``python -m nfviz`` is the command ``nfviz``."""

import sys

from nfviz.cli import main

if __name__ == "__main__":
    sys.exit(main())
