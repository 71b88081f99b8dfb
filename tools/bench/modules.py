"""Says which of the packages named on the command line this Python has, as one line of JSON: its own version, and theirs; null for those it has not."""

import importlib.metadata
import importlib.util
import json
import platform
import sys


def version(name):
    if importlib.util.find_spec(name) is None:
        return None
    try:
        return importlib.metadata.version({"sklearn": "scikit-learn"}.get(name, name))
    except importlib.metadata.PackageNotFoundError:
        return "of unknown version"


print(json.dumps({"python": platform.python_version(), "modules": {name: version(name) for name in sys.argv[1:]}}))
