"""``python -m dapstub``, and this folder run as a script: ``python .../dapstub``."""

import sys

if sys.version_info < (3, 11):
    sys.exit("dapstub: needs Python 3.11 or newer, and this is %d.%d" % sys.version_info[:2])

if __package__:
    from ._cli import main

    sys.exit(main())
else:
    # Python has put this folder itself in front of sys.path. The package stands one folder above.
    import os.path

    sys.path[0] = os.path.dirname(os.path.abspath(sys.path[0]))
    if sys.argv[1:2] == ["--child"] and len(sys.argv) > 3:
        from dapstub import _child

        sys.exit(_child.main())
    from dapstub._cli import main

    sys.exit(main(own_path=True))
