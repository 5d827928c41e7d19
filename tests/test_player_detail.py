"""The picture's detail follows what the machine can do, and settles."""

from __future__ import annotations

from worldsim.player.detail import BUDGET, SHARES, Detail


def settle(drawing: float, rest: float, turns: int = 400) -> list[float]:
    """Return the shares chosen on a machine that needs so many s for a whole picture and so many for all else."""
    detail = Detail()
    shares = []
    for _ in range(turns):
        took = drawing * detail.share**2
        detail.note(took + rest, took)
        shares.append(detail.share)
    return shares


def test_a_fast_machine_draws_the_whole_picture() -> None:
    assert set(settle(0.010, 0.005)) == {1.0}


def test_a_slow_machine_settles_at_the_finest_share_that_fits() -> None:
    shares = settle(0.040, 0.008)
    assert shares[-1] == 0.7
    assert len(set(shares[60:])) == 1
    assert 0.040 * shares[-1] ** 2 + 0.008 < BUDGET


def test_it_never_goes_back_and_forth() -> None:
    for drawing in (0.02, 0.03, 0.04, 0.06, 0.1):
        shares = settle(drawing, 0.006)
        assert len(set(shares[100:])) == 1, drawing


def test_a_machine_that_gets_free_draws_finely_again() -> None:
    detail = Detail()
    for _ in range(100):
        detail.note(0.1, 0.09)
    assert detail.share == SHARES[-1]
    for _ in range(100):
        detail.note(0.004 + 0.002, 0.004 * detail.share**2)
    assert detail.share == 1.0
