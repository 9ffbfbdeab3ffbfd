"""Print the examples of the README as one module, so that a type checker can read them.

python tests/typing/readme.py > examples_of_the_readme.py
"""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"

if __name__ == "__main__":
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    print("\n".join(blocks))  # noqa: T201
