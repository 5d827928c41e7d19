"""The synthesiser: what touched what in one control period in, the sound of one control period out.

It works in blocks of one control period whatever the caller does, so samples made live and samples made afterwards from
a take are the same bytes. It hears the log of contacts and the poses of the parts; it knows nothing of PyBullet, of
pictures or of files. It is longer than other modules since impacts, scrapes and rolls share voices, culling and state.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.errors import RateError, SoundError
from worldsim.physics.part import Part
from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.render.camera import Camera
from worldsim.scene.layout import Material
from worldsim.sound.bank import MODES, banks_of
from worldsim.sound.burst import Bursts
from worldsim.sound.bus import Bus, Voices
from worldsim.sound.chance import uniform
from worldsim.sound.friction import Friction
from worldsim.sound.impact import Impact, ImpactFinder
from worldsim.sound.ring import Blows, Drives, Ringer
from worldsim.sound.solids import Solids
from worldsim.sound.space import Listener, turn_of
from worldsim.sound.strike import (
    CLAW,
    CLAWS,
    FRICTION_SHARE,
    HARD,
    RUSTLE,
    RUSTLE_TIME,
    SHUFFLE,
    claws,
    click,
    contact_time,
    jerked,
    meeting_mass,
    ringing_share,
    rustle,
    softness,
)
from worldsim.sound.tone import HighPass, noise_table
from worldsim.sound.touch import Touches

if TYPE_CHECKING:
    from worldsim.physics.world import World

Floats = NDArray[np.float64]

SAMPLE_RATE = 48_000  # Hz
VOICES = 64  # parts heard at once; the quieter ones make room
AUDIBLE = 4e-5  # Pa at the ear: 6 dB above the threshold of hearing; what stays below is not computed
MASKED = 1e-3  # nor what is 60 dB below what was heard lately, which
GONE = 0.1  # of what is heard: a body that rings 20 dB below that stops, though it may still be rubbed
LATELY = 10.0  # dB/s, is forgotten this fast
PASCAL = 0.1  # full scale a pascal: 10 Pa (114 dB) reach full scale
LATENCY_STEPS = 2  # physics steps a blow may need to be whole: the samples come out this much later
PAWS = "_lower"  # how the names of a dog's links end that stand on the ground
BRIEF = 60.0  # 1/s: what decays faster is over before a change of pitch or a hand on it is heard
NO_BLOWS = Blows(np.zeros(0, np.int64), np.zeros(0), np.zeros((0, MODES)))
NO_DRIVES = Drives(np.zeros(0, np.int64), np.zeros((0, 0)), np.zeros((0, MODES)))
SIGNS = np.where(np.arange(MODES) * 5 % 7 < 3, -1.0, 1.0)  # which way each mode faces the listener: fixed, mixed


class Synth:
    """Contacts to stereo sound. Feed every control period in order; one instance hears one stretch of time.

    Attributes:
        sample_rate: Hz. block: samples a control period. steps_per_block: physics steps in it.
        latency: samples by which everything comes out later than it happens.
        listener: the ears. solids: what stands around.
        parts, banks: what can sound, and how.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        materials: Mapping[str, Material],
        *,
        step_rate: int = 240,
        control_rate: int = 60,
        sample_rate: int = SAMPLE_RATE,
        seed: int = 0,
        voices: int = VOICES,
        binaural: bool = False,
        solids: Solids | None = None,
    ) -> None:
        """Work out how every part sounds.

        Args:
            parts: `World.parts`.
            materials: `Layout.materials`.
            step_rate: Hz, the world's.
            control_rate: Hz, the world's.
            sample_rate: Hz; the step rate must divide it.
            seed: of the small differences between one blow and the next.
            voices: how many parts are heard at once.
            binaural: for headphones.
            solids: what stands in the way; nothing where left out.

        Raises:
            RateError: the step rate does not divide the sample rate, or the control rate the step rate.
        """
        if sample_rate % step_rate or step_rate % control_rate:
            raise RateError(
                f"control_rate {control_rate} Hz must divide step_rate {step_rate} Hz, and that sample_rate "
                f"{sample_rate} Hz; 240 Hz with 60 Hz works with 48000 Hz"
            )
        self.parts = tuple(parts)
        self.sample_rate = sample_rate
        self.block = sample_rate // control_rate
        self.latency = LATENCY_STEPS * (sample_rate // step_rate)
        self.banks = banks_of(self.parts, materials)
        self._step_rate = step_rate
        self.steps_per_block = step_rate // control_rate
        self._seed = seed
        self._voices = voices
        self._binaural = binaural
        self.solids = solids or Solids((), {})
        self._moves = np.array([not part.static for part in self.parts], np.bool_)
        self._loss = np.array([bank.loss for bank in self.banks])
        self._endless = np.array([bank.endless for bank in self.banks], np.bool_)
        # Pa at 1 m that a noisy force of 1 N rms makes each bank ring with: a few cycles of its slowest mode add up.
        slowest = np.array([bank.decay[bank.level > 0].min(initial=1e3) for bank in self.banks])
        sums = np.sqrt([np.square(bank.level).sum() for bank in self.banks])
        self._rings = np.where(self._endless, 0.0, FRICTION_SHARE * sums / np.sqrt(4 * slowest * sample_rate))
        self._loudest = sums.tolist()
        # Pa at 1 m by which a noisy force of 1 N rms and 1 grain/s, some 2 N/s rms, shakes each.
        shakes = [jerked(bank, np.full(1, 2.0)) for bank in self.banks]
        self._shaken = np.array([0.0 if shake is None else float(shake[0]) for shake in shakes])
        self._gritty = np.array([bank.grit for bank in self.banks])
        self._clawed = [part.class_name == "dog" and part.name.endswith(PAWS) for part in self.parts]
        self._noise = noise_table(sample_rate)
        self._fading = 10 ** (-LATELY / 20 / control_rate)
        self._ringer = Ringer(self.banks, self.block, self.sample_rate)
        self._lasting = self._ringer.slow < BRIEF
        self.reset()

    @staticmethod
    def of(world: World, **options: int) -> Synth:
        """Return a world's synthesiser; options as of the constructor (`seed`, `voices`, `sample_rate`, `binaural`)."""
        made: dict[str, Any] = {"seed": world.seed, "step_rate": world.step_rate, "control_rate": world.control_rate}
        solids = Solids(world.parts, world.layout.materials, world.snapshot())
        return Synth(world.parts, world.layout.materials, solids=solids, **{**made, **options})

    def reset(self, seed: int | None = None) -> None:
        """Forget everything heard so far: silence, ready for any step; `seed` replaces the one there was."""
        count = len(self.parts)
        self._seed = self._seed if seed is None else seed
        self._ringer.silence(np.arange(count))
        self._finder = ImpactFinder(self._step_rate)
        self._friction = Friction(self.banks, self.block, self._step_rate, self.sample_rate, self._seed)
        self.listener = Listener(self.sample_rate, self.block / self.sample_rate, binaural=self._binaural)
        self._step: int | None = None
        self._waiting: list[Impact] = []
        self._bursts = Bursts(self.block)
        self._where = np.zeros((count, 3))
        self._weights: dict[int, Floats] = {}
        self._heard = np.zeros(count, np.bool_)
        self._bus = Bus(count, self.block, self.sample_rate, self.listener, self.solids)
        self._high_pass = HighPass(self.sample_rate, self.block)
        self._floor = AUDIBLE  # Pa at the ear: what is not heard now

    def advance(self, snapshot: Snapshot, contacts: ArrayLike, camera: Camera) -> NDArray[np.float32]:
        """Return the sound of one control period, (block, 2) float32 in which 1 is 10 Pa, full scale; see `voices`."""
        out = self._bus.hear(self.voices(snapshot, contacts, camera), snapshot)
        return (self._high_pass(out) * PASCAL).astype(np.float32)

    def voices(self, snapshot: Snapshot, contacts: ArrayLike, camera: Camera) -> Voices:
        """Return what sounds where in one control period; the listener moves to the camera.

        Args:
            snapshot: the world at the end of the period.
            contacts: (K,) `CONTACT_DTYPE`: what `World.advance` returned, of all steps of the period.
            camera: where the ears are at the end of the period.

        Returns:
            Voices whose slots are parts. Their first sample is the world's at (step − steps of a period)/step_rate −
            latency/sample_rate s.

        Raises:
            SoundError: the contacts have no velocities (a world made with detailed=False).
        """
        rows = np.asarray(contacts)
        if rows.dtype != CONTACT_DTYPE:
            raise SoundError(f"contacts have dtype {rows.dtype}; expected CONTACT_DTYPE, as World.advance returns them")
        if len(rows) and np.isnan(rows["velocity"][0, 0]):
            raise SoundError("contacts come without velocities: make the world with detailed=True to hear it")
        if self._step is not None and snapshot.step != self._step + self.steps_per_block:
            self._jump()
        self._step = snapshot.step
        origin = (snapshot.step - self.steps_per_block) * (self.sample_rate // self._step_rate) - self.latency
        self.listener.move(camera)
        np.copyto(self._where, snapshot.position, where=self._moves[:, None])
        self._pose = snapshot
        self._distance = self.listener.distance(self._where)
        touches = Touches.of(rows)
        blows = self._strike(touches, snapshot.step, origin)
        drives, direct = self._rub(touches, snapshot, origin)
        voices = self._render(blows, drives, direct, touches, snapshot, origin)
        self._floor = max(AUDIBLE, self._floor * self._fading)
        if len(voices.slot):
            power = np.einsum("vn,vn->v", voices.mono, voices.mono) / self._distance[voices.slot] ** 2
            self._floor = max(self._floor, MASKED * math.sqrt(float(power.sum()) / self.block))
        return voices

    def heard(self) -> list[tuple[str, float]]:
        """Return who sounded in the last block and how loud, Pa at the ears (rms): names of objects and actors."""
        power: dict[str, float] = {}
        for part, level in self._bus.loudness():
            owner = self.parts[part].owner
            power[owner] = power.get(owner, 0.0) + level**2
        return [(owner, math.sqrt(total)) for owner, total in power.items() if total > AUDIBLE**2]

    def _jump(self) -> None:
        """Go on at another moment: what rings rings on, what was about to happen does not."""
        self._finder = ImpactFinder(self._step_rate)
        self._waiting.clear()
        self._bursts.clear()

    # ---- blows

    def _strike(self, touches: Touches, step: int, origin: int) -> Blows:
        """Turn the blows of this block into amplitudes, clicks and rustles."""
        self._waiting += self._finder.among(touches, step)
        now: list[Impact] = []
        later: list[Impact] = []
        for hit in self._waiting:
            (now if hit.time * self.sample_rate - origin < self.block else later).append(hit)
        self._waiting = later
        struck: list[tuple[int, float, Floats]] = []
        for hit in now:
            self._hit(hit, origin, struck)
        if not struck:
            return NO_BLOWS
        return Blows(
            np.array([part for part, _, _ in struck], np.int64),
            np.array([start for _, start, _ in struck], np.float64),
            np.array([amplitude for _, _, amplitude in struck], np.float64),
        )

    def _hit(self, hit: Impact, origin: int, struck: list[tuple[int, float, Floats]]) -> None:
        both = ((hit.part_a, hit.part_b), (hit.part_b, hit.part_a))
        a, b = self.banks[hit.part_a], self.banks[hit.part_b]
        lasts = contact_time(a, b, hit.speed)
        mass = meeting_mass(a, b)
        at = max(hit.time * self.sample_rate - origin, 0.0)
        distance = self.listener.distance_to(hit.position)
        for part, other in both:
            bank = self.banks[part]
            least = self._floor * distance
            if not self._moves[part]:
                self._where[part], self._distance[part] = hit.position, distance
            whole = int(at)
            if hit.impulse * self._loudest[part] > least:  # else no share of it is heard
                share = softness(bank.frequency, lasts)
                if not bank.even:
                    share = share * bank.weights(*self._inside(part, hit.position, hit.normal))
                amplitude = hit.impulse * bank.level * share * ringing_share(bank, mass, share)
                if math.sqrt(amplitude @ amplitude) > least:
                    chance = uniform(MODES, self._seed, hit.step, part, other)
                    struck.append((part, at, SIGNS * amplitude * (0.85 + 0.3 * chance)))
            wave = click(bank, hit.impulse, lasts, self.sample_rate, at - whole, least)
            if len(wave):
                self._bursts.add(part, origin + whole, wave)
            if self._clawed[part] and self.banks[other].modulus > HARD and CLAW * hit.impulse > least:
                ticks = claws(hit.impulse, uniform(2 * CLAWS, self._seed, hit.step, part, -1), self.sample_rate)
                self._bursts.add(part, origin + whole, ticks)
            if bank.grit and bank.grit * hit.impulse * RUSTLE > least:
                count = int(4 * RUSTLE_TIME * self.sample_rate)
                start = int(uniform(1, self._seed, hit.step, part, other, -2)[0] * (len(self._noise) - count))
                burst = rustle(bank.grit, hit.impulse, self._noise[start : start + count], self.sample_rate)
                self._bursts.add(part, origin + whole, burst)

    def _inside(self, part: int, point: Floats, normal: Floats) -> tuple[Floats, Floats]:
        """Return a point and a direction in a part's frame, by its pose at the end of the period."""
        turn = turn_of(self._pose.orientation[part])  # vectors from the left go from the world to the part
        return (point - self._pose.position[part]) @ turn, normal @ turn

    # ---- what lasts

    def _rub(self, touches: Touches, snapshot: Snapshot, origin: int) -> tuple[Drives, dict[int, Floats]]:
        """Return the forces of scraping and rolling, and their direct sound by part, (N,) Pa at 1 m."""
        parts: list[int] = []
        impulses, levels = [], []
        direct: dict[int, Floats] = {}
        rustling: dict[int, Floats] = {}  # N, what rubs each loose ground
        for rub in self._friction.rubs(touches, snapshot, origin, self._would_hear):
            force = rub.force
            rms = math.sqrt(float(force @ force) / self.block)
            slope: Floats | None = None
            for part in (rub.part_a, rub.part_b):
                if rub.position is not None and not self._moves[part]:
                    self._where[part] = rub.position
                    self._distance[part] = self.listener.distance_to(rub.position)
                bank, least = self.banks[part], self._floor * self._distance[part]
                if rms * self._rings[part] > least:
                    if rub.position is not None or part not in self._weights:
                        place = self._where[part] if rub.position is None else rub.position
                        self._weights[part] = bank.weights(*self._inside(part, place, rub.normal))
                    parts.append(part)
                    impulses.append(force / self.sample_rate)
                    levels.append(SIGNS * bank.level * FRICTION_SHARE * self._weights[part])
                wave: Floats | None = None
                if bank.grit:
                    rustling[part] = rustling[part] + force if part in rustling else force
                elif rms * rub.rate * self._shaken[part] > least:
                    if slope is None:
                        slope = force * self.sample_rate
                        slope[1:] -= slope[:-1].copy()
                        slope[0] -= rub.before * self.sample_rate
                    wave = jerked(bank, slope)
                if wave is not None:
                    direct[part] = direct[part] + wave if part in direct else wave
        for part, force in rustling.items():
            wave = force * ((self.banks[part].grit * SHUFFLE) * self._noise[: self.block])
            direct[part] = direct[part] + wave if part in direct else wave
        if not parts:
            return NO_DRIVES, direct
        return Drives(np.array(parts, np.int64), np.array(impulses), np.array(levels)), direct

    def _would_hear(self, part: int, force: float, rate: float) -> bool:
        """Return whether a part is heard when a force of so many N rms with so many grains/s rubs it."""
        shaken = self._shaken[part] * rate if not self._gritty[part] else self._gritty[part] * SHUFFLE
        return force * max(self._rings[part], shaken) > self._floor * self._distance[part]

    # ---- the block

    def _render(
        self,
        blows: Blows,
        drives: Drives,
        direct: dict[int, Floats],
        touches: Touches,
        snapshot: Snapshot,
        origin: int,
    ) -> Voices:
        """Return what sounds."""
        parts, leaving = self._cast(blows, drives, direct)
        if not len(parts):
            return Voices(parts, np.zeros((0, self.block)), np.zeros((0, 3)), parts, leaving)
        here = np.zeros(len(self.parts), np.bool_)
        here[parts] = True
        keep = here[blows.part]
        if len(keep) and not keep.all():
            blows = Blows(blows.part[keep], blows.start[keep], blows.amplitude[keep])
        keep = here[drives.part]
        if len(keep) and not keep.all():
            drives = Drives(drives.part[keep], drives.impulse[keep], drives.level[keep])
        pitch = self._pitch(parts, snapshot)
        mono = self._ringer.render(
            parts, blows, drives, pitch, (touches.damping(self._lasting, self._loss) / self.sample_rate)[parts]
        )
        for part, wave in direct.items():
            if here[part]:
                mono[np.searchsorted(parts, part)] += wave
        self._bursts.play(parts, mono, origin)
        if len(leaving):
            mono[np.searchsorted(parts, leaving)] *= np.linspace(1, 0, self.block + 1)[1:]
            self._ringer.silence(leaving)
        return Voices(parts, mono, self._where[parts], parts, leaving)

    def _cast(
        self, blows: Blows, drives: Drives, direct: dict[int, Floats]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Choose who sounds in this block: (V,) parts, and those of them that end with it."""
        loud = self._ringer.loudness((GONE * self._floor) * self._distance)
        if len(blows.part):
            strong = np.sqrt(np.einsum("bm,bm->b", blows.amplitude, blows.amplitude))
            for part, level in zip(blows.part.tolist(), strong.tolist(), strict=True):
                loud[part] += level
        if len(drives.part):
            strong = np.einsum("dn,dn->d", drives.impulse, drives.impulse)
            strong = np.sqrt(strong * np.einsum("dm,dm->d", drives.level, drives.level))
            for part, level in zip(drives.part.tolist(), strong.tolist(), strict=True):
                loud[part] += level
        for part, wave in direct.items():
            loud[part] += math.sqrt(float(wave @ wave) / len(wave))
        self._bursts.loudness(loud)
        loud /= self._distance
        heard = self._heard
        picked = loud > self._floor
        chosen = picked.nonzero()[0]
        if len(chosen) > self._voices:
            order = np.argsort(-loud[chosen], kind="stable")
            picked[chosen[order[self._voices :]]] = False
        leaving = (heard & ~picked).nonzero()[0]
        quiet = ((loud > 0) & ~(heard | picked)).nonzero()[0]
        if len(quiet):
            self._ringer.silence(quiet)
        self._heard = picked.copy()
        picked[leaving] = True
        return picked.nonzero()[0], leaving

    def _pitch(self, parts: NDArray[np.int64], snapshot: Snapshot) -> Floats:
        """Return (V,) Doppler factors; 1 for what rings too briefly to tell."""
        lasting = self._lasting[parts]
        if not lasting.any():
            return np.ones(len(parts))
        velocity = np.where(self._moves[parts, None], snapshot.velocity[parts], 0.0)
        return np.where(lasting, self.listener.pitch(self._where[parts], velocity), 1.0)
