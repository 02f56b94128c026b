"""What a compiler may make of a kernel."""

from tests.support.compile_kernels import minus_at_risk

SUBTRACTED = """
.visible .entry good(.param .u64 a)
{
    sub.s32 %r3, %r1, %r2;
    neg.s32 %r9, %r1;
    max.s32 %r4, %r3, %r1;
}
"""
NEGATED = """
.visible .entry bad(.param .u64 a)
{
    min.s32 %r74, %r72, %r73;
    neg.s32 \t%r75, %r71;
    max.s32 \t%r76, %r74, %r75;
    max.s32 %r119, %r119, %r76;
}
"""


def test_a_minus_that_ptxas_would_lose_is_seen() -> None:
    assert minus_at_risk(SUBTRACTED) == []
    assert minus_at_risk(SUBTRACTED + NEGATED + SUBTRACTED) == ["bad"]
