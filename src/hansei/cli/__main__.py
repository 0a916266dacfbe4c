"""``python -m hansei.cli``: the same as ``hansei``; the supervisor starts its children this way."""

from __future__ import annotations

import sys

from hansei.cli.main import main

sys.exit(main())
