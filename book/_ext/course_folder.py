"""Put the course's folder first on the path, for extensions that import its tools.

Jupyter Book may be started in any folder, and its environment may hold another copy of the course.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
