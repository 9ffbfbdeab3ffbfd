"""``python -m cohere_aws``: the command ``cohere-aws``, see ``_cli``."""

# PYTHON_ARGCOMPLETE_OK

from __future__ import annotations

from cohere_aws._cli._main import main

raise SystemExit(main())
