"""What every part of a kind promises, as tests that a plugin's own tests take over; a module for each kind.

::

    from dualface.testing.contracts.layout import LayoutContract

    class TestMyLayout(LayoutContract):
        def make(self) -> Layout:
            return MyLayout()

Needs pytest and hypothesis, which dualface itself does not.
"""

import pytest

from dualface.kinds import KINDS

pytest.register_assert_rewrite(*(f"{__name__}.{kind}" for kind in KINDS))
