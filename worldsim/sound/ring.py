"""Hundreds of banks ringing at once, a block at a time: damped sinusoids as products of small matrices.

A mode's state is one complex amplitude z; it sounds as Im(z pⁿ), p = e^((iω − d)/f_s). A block of N samples is cut in
I rows of J: sample n = i J + j needs Im((z p^(iJ)) p^j), so a block of a whole bank is one (I, 2M) × (2M, J) product
of tables made once, instead of M recursions. Blows and friction add to the amplitudes at the rows' starts, and their
own row is filled in by hand. This module knows nothing of contacts or space.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.bank import Bank

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

STILL = 1e-6  # Pa at 1 m: a bank that rings more softly, 26 dB below hearing, is silent


@dataclass(frozen=True)
class Blows:
    """Blows of one block.

    Attributes:
        part: (E,) which part rings. start: (E,) float, samples from the block's start, 0 <= start < N.
        amplitude: (E, M) Pa at 1 m, of each mode of its bank.
    """

    part: NDArray[np.int64]
    start: Floats
    amplitude: Floats


@dataclass(frozen=True)
class Drives:
    """Forces that last through one block.

    Attributes:
        part: (D,) which part they act on. impulse: (D, N) N·s in each sample. level: (D, M) Pa per N·s.
    """

    part: NDArray[np.int64]
    impulse: Floats
    level: Floats


@dataclass(frozen=True)
class _Tables:
    """Powers of the modes of some banks: `row` (B, M, I + 1) of p^J, `matrix` (B, 2M, J): Im and Re of p^j."""

    power: Complexes  # (B, M, J)
    row: Complexes
    matrix: Floats

    @staticmethod
    def of(log_p: Complexes, rows: int, columns: int) -> _Tables:
        power = np.exp(log_p[..., None] * np.arange(columns))
        row = np.exp(log_p[..., None] * (columns * np.arange(rows + 1)))
        return _Tables(power, row, np.concatenate([power.imag, power.real], axis=1))


class Ringer:
    """The modal state of all parts."""

    def __init__(self, banks: Sequence[Bank], block: int, sample_rate: int) -> None:
        """Start silent.

        Args:
            banks: one for each part; equal objects share their tables.
            block: samples a block.
            sample_rate: Hz.
        """
        unique = list({id(bank): bank for bank in banks}.values())
        place = {id(bank): k for k, bank in enumerate(unique)}
        self._bank = np.array([place[id(bank)] for bank in banks], np.int64)
        self._log_p = (
            np.array([-bank.decay + 2j * np.pi * bank.frequency for bank in unique], np.complex128) / sample_rate
        )
        self.block = block
        self._columns = next(j for j in range(int(np.sqrt(block)), block + 1) if block % j == 0)
        self._rows = block // self._columns
        step = np.arange(self._columns)
        self._lag = (step[None, :] - step[:, None]) % (2 * self._columns)  # (J in, J out); negative lags read zeros
        self._tables = _Tables.of(self._log_p, self._rows, self._columns)
        modes = self._log_p.shape[1]
        self._state = np.zeros((len(banks), modes), np.complex128)
        self._rings = np.zeros(len(banks), np.bool_)  # whose state is not zero
        self.slow = np.array([float(np.min(bank.decay[bank.level > 0], initial=1e3)) for bank in banks])

    def loudness(self, least: Floats | None = None) -> Floats:
        """Return (P,) how loud each part rings now, Pa at 1 m; what is below `least` (P,), or `STILL`, stops."""
        out = np.zeros(len(self._state))
        ringing = self._rings.nonzero()[0]
        if len(ringing):
            state = self._state[ringing].view(np.float64)
            loud = np.sqrt(np.einsum("pm,pm->p", state, state))
            out[ringing] = loud
            over = ringing[loud < (STILL if least is None else least[ringing])]
            if len(over):
                self.silence(over)
                out[over] = 0.0
        return out

    def silence(self, parts: NDArray[np.int64]) -> None:
        """Stop these parts at once."""
        self._state[parts] = 0
        self._rings[parts] = False

    def render(self, parts: NDArray[np.int64], blows: Blows, drives: Drives, pitch: Floats, loss: Floats) -> Floats:
        """Let a block pass for some parts; the others' states are left as they are.

        Args:
            parts: (V,) ascending; every part of `blows` and `drives` is among them.
            blows: what strikes them.
            drives: what rubs them.
            pitch: (V,) factor on all frequencies (Doppler).
            loss: (V,) 1/sample, damping on top of the bank's.

        Returns:
            (V, N) Pa at 1 m.
        """
        sounds = self._rings[parts]
        if len(blows.part):
            sounds[np.searchsorted(parts, blows.part)] = True
        if len(drives.part):
            sounds[np.searchsorted(parts, drives.part)] = True
        if sounds.all():
            return self._rung(parts, blows, drives, pitch, loss)
        samples = np.zeros((len(parts), self.block))
        if sounds.any():
            samples[sounds] = self._rung(parts[sounds], blows, drives, pitch[sounds], loss[sounds])
        return samples

    def _rung(self, parts: NDArray[np.int64], blows: Blows, drives: Drives, pitch: Floats, loss: Floats) -> Floats:
        """Return what `render` does, for parts that all ring."""
        rows, columns = self._rows, self._columns
        self._rings[parts] = True
        bank = self._bank[parts]
        touched = len(blows.part) or len(drives.part)
        moved = (pitch != 1.0).nonzero()[0]
        which = bank if len(bank) > 1 or len(moved) else slice(bank[0], bank[0] + 1)  # one is looked at, not copied
        row, matrix, log_p = self._tables.row[which], self._tables.matrix[which], self._log_p[which]
        power = self._tables.power[which] if touched else row  # only blows and drives read it
        if len(moved):
            log_p[moved] = log_p[moved].real + 1j * log_p[moved].imag * pitch[moved, None]
            own = _Tables.of(log_p[moved], rows, columns)
            row[moved], matrix[moved] = own.row, own.matrix
            if touched:
                power[moved] = own.power
        amplitude = self._state[parts][:, :, None] * row  # (V, M, I + 1)
        extra = np.zeros((len(parts), rows, columns)) if touched else None
        if extra is not None and len(blows.part):
            self._add_blows(parts, blows, loss, log_p, power, row, amplitude, extra)
        if extra is not None and len(drives.part):
            self._add_drives(parts, drives, power, amplitude, extra)
        left = np.concatenate([amplitude[:, :, :rows].real, amplitude[:, :, :rows].imag], axis=1)
        out = np.matmul(left.transpose(0, 2, 1), matrix)
        if extra is not None:
            out += extra
        samples = out.reshape(len(parts), rows * columns)
        final = amplitude[:, :, rows]
        damped = loss.nonzero()[0]
        if len(damped):
            samples[damped] *= np.exp(-loss[damped, None] * np.arange(self.block))
            final[damped] *= np.exp(-loss[damped] * self.block)[:, None]
        self._state[parts] = final
        return samples

    def _add_blows(
        self,
        parts: NDArray[np.int64],
        blows: Blows,
        loss: Floats,
        log_p: Complexes,
        power: Complexes,
        row: Complexes,
        amplitude: Complexes,
        extra: Floats,
    ) -> None:
        rows, columns = self._rows, self._columns
        voice = np.searchsorted(parts, blows.part)
        gain = blows.amplitude * np.exp(loss[voice] * blows.start)[:, None]
        for k, (v, start) in enumerate(zip(voice.tolist(), blows.start.tolist(), strict=True)):
            n = min(max(math.ceil(start), 0), self.block)  # the first sample in which it is heard
            head = gain[k] * np.exp(log_p[v] * (n - start))
            at, inside = divmod(n, columns)
            if inside:
                extra[v, at, inside:] += (head @ power[v, :, : columns - inside]).imag
                head = head * np.exp(log_p[v] * (columns - inside))
                at += 1
            amplitude[v, :, at:] += head[:, None] * row[v, :, : rows + 1 - at]

    def _add_drives(
        self, parts: NDArray[np.int64], drives: Drives, power: Complexes, amplitude: Complexes, extra: Floats
    ) -> None:
        rows, columns = self._rows, self._columns
        voice = np.searchsorted(parts, drives.part)
        p = power[voice]  # (D, M, J)
        u = drives.impulse.reshape(-1, rows, columns)
        # Inside its row a force is convolved with the bank's response, as a product with a Toeplitz matrix …
        kernel = np.einsum("dm,dmj->dj", drives.level, p.imag)
        within = np.matmul(u, np.concatenate([kernel, np.zeros_like(kernel)], axis=1)[:, self._lag])
        # … and what it leaves at the row's end, Σ u_j p^(J − j), rings on through the rows after it.
        first, whole = p[:, :, 1], p[:, :, -1] * p[:, :, 1]
        table = (p[:, :, ::-1] * first[:, :, None]).transpose(0, 2, 1)
        left = np.matmul(u, table.real) + 1j * np.matmul(u, table.imag)
        left *= drives.level[:, None, :]
        carried = np.zeros_like(first)
        rung = np.empty((len(voice), first.shape[1], rows), np.complex128)
        for i in range(rows):
            carried = carried * whole + left[:, i]
            rung[:, :, i] = carried
        for k, v in enumerate(voice.tolist()):
            extra[v] += within[k]
            amplitude[v, :, 1:] += rung[k]
