"""Quaternions against SciPy's rotations, an independent implementation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from worldsim.rotation import (
    matrix_from_quat_xyzw,
    quat_from_matrix_xyzw,
    quat_from_rpy_xyzw,
    quat_inverse_xyzw,
    quat_multiply_xyzw,
    quat_rotate_xyzw,
    slerp_xyzw,
)

RNG = np.random.default_rng(0)
A, B = (Rotation.random(50, random_state=seed) for seed in (1, 2))


def same(p: np.ndarray, q: np.ndarray) -> bool:
    """Whether quaternions turn alike: q and −q do."""
    return bool(np.allclose(np.abs(np.sum(p * q, axis=-1)), 1, atol=1e-12))


def test_product_inverse_and_rotation() -> None:
    assert same(quat_multiply_xyzw(A.as_quat(), B.as_quat()), (A * B).as_quat())
    assert same(quat_inverse_xyzw(A.as_quat()), A.inv().as_quat())
    vectors = RNG.normal(size=(50, 3))
    assert quat_rotate_xyzw(A.as_quat(), vectors) == pytest.approx(A.apply(vectors))


def test_roll_pitch_yaw_are_about_fixed_axes() -> None:
    for angles in RNG.uniform(-3, 3, (50, 3)):
        assert same(quat_from_rpy_xyzw(*angles), Rotation.from_euler("xyz", angles).as_quat())


def test_matrices_there_and_back() -> None:
    assert matrix_from_quat_xyzw(A.as_quat()) == pytest.approx(A.as_matrix())
    for matrix in [*A.as_matrix(), np.diag([1.0, -1, -1]), np.diag([-1.0, 1, -1]), np.diag([-1.0, -1, 1]), np.eye(3)]:
        assert matrix_from_quat_xyzw(quat_from_matrix_xyzw(matrix)) == pytest.approx(matrix, abs=1e-12)


def test_slerp_turns_evenly_and_takes_the_short_way() -> None:
    start, end = np.array([0, 0, 0, 1.0]), Rotation.from_euler("z", 2.0).as_quat()
    for t in (0.0, 0.3, 1.0):
        for sign in (1, -1):
            assert same(slerp_xyzw(start, sign * end, t), Rotation.from_euler("z", 2.0 * t).as_quat())
    assert slerp_xyzw(start, start, 0.5) == pytest.approx(start)
