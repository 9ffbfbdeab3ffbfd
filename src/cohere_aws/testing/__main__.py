"""``python -m cohere_aws.testing``: see ``_command``."""

from __future__ import annotations

from cohere_aws.testing._command import main

raise SystemExit(main())
