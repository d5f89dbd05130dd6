"""Found instead of debugpy where this folder's parent is in front of `sys.path`; replaces itself by dapstub."""

import os.path
import sys

try:
    import dapstub
except ImportError:
    # Not installed for this Python: it stands three folders above.
    sys.path.append(os.path.abspath(os.path.join(__file__, "..", "..", "..", "..")))
    try:
        import dapstub
    finally:
        sys.path.pop()

dapstub.install_as_debugpy()
