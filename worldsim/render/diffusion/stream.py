"""The diffusion renderer as a renderer: raster and truth in, footage out, frame after frame.

Each picture starts at the raster's and is told what is true at each pixel; on request also what was made of the last
one, carried along by the true motion. What was not in sight in the last frame starts afresh then; so does everything
after a cut, a reset or a teleport. The state is the simulator's: nothing here can move a thing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import ClosedError
from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.gbuffer import GBuffer
from worldsim.render.moment import same_moment
from worldsim.render.motion import to_previous
from worldsim.render.renderer import Moment
from worldsim.render.stage import Stage
from worldsim.render.tiny import motion_of

if TYPE_CHECKING:
    import torch

    from worldsim.render.diffusion.conditions import Past, Truth


@dataclass(frozen=True)
class Memory:
    """The frame before.

    Attributes:
        moment: when and from where.
        layers: what was true. picture: (H, W, 3) uint8, what was made of it. Both None where nobody asks for them.
    """

    moment: Moment
    layers: GBuffer | None = None
    picture: NDArray[np.uint8] | None = None


class DiffusionRenderer:
    """Makes footage of a stage. The same calls since `reset` give the same bytes on a CPU with the same thread count.

    Attributes:
        name: "diffusion". size: (width, height) in pixels. stage: what it draws.
        steps: how often the network is asked for a picture. seed: of the noise on surfaces.
        history: whether it is told what it made of the last frame. weights: what was asked for.
        look: (16,) what the network is told of the light.
        sampler, table: the network, folded for the look, and its embeddings.
        start: the raster's picture of the last frame, (H, W, 3) uint8, or None before the first.
    """

    name = "diffusion"

    def __init__(
        self,
        stage: Stage,
        size: tuple[int, int],
        *,
        weights: str | Path | None = "small",
        steps: int = 1,
        seed: int = 0,
        quality: str = "good",
        threads: int | None = None,
        device: str = "auto",
        history: bool = False,
    ) -> None:
        """Load the network and make the raster it starts from.

        Args:
            stage: what there is to draw.
            size: (width, height) in pixels.
            weights: a size that comes with worldsim, a folder that `worldsim renderer train` wrote, or None for an
                untrained network, whose picture is the raster's.
            steps: 1 … 8.
            seed: of the noise on surfaces.
            quality: of the raster.
            threads: on the CPU, for the whole process; left out, torch's own choice.
            device: "cpu", "cuda", or "auto": a graphics card where there is one.
            history: whether the network is told what it made of the last frame. With the shipped weights that is worth
                0.15 dB over a few frames and drifts over a hundred; without it every frame stands for itself.

        Raises:
            WeightsError: no such weights.
            ValueError: steps, threads or device that can't be.
        """
        import torch

        from worldsim.render import make_renderer
        from worldsim.render.diffusion import channels as at
        from worldsim.render.diffusion.conditions import buckets_of, kinds_of
        from worldsim.render.diffusion.fold import fast_dtype
        from worldsim.render.diffusion.sampler import Sampler
        from worldsim.render.diffusion.weights import make_or_load
        from worldsim.render.raster.renderer import RasterRenderer
        from worldsim.scene.look_vector import look_vector

        if device not in ("auto", "cpu", "cuda"):
            raise ValueError(f"device {device!r} is unknown; known: auto, cpu, cuda")
        if device == "cuda" and not torch.cuda.is_available():
            raise ValueError("device 'cuda' was asked for, but torch finds no graphics card here; leave the device out")
        if threads is not None:
            if threads < 1:
                raise ValueError(f"{threads} threads were asked for; at least 1 is needed")
            torch.set_num_threads(threads)
        chosen = "cuda" if device == "cuda" or (device == "auto" and torch.cuda.is_available()) else "cpu"
        self.stage, self.size, self.steps, self.seed = stage, (int(size[0]), int(size[1])), steps, seed
        self.weights, self.history = weights, history
        self._device: torch.device = torch.device(chosen)
        self.look = look_vector(stage.look)
        self.sampler = Sampler(make_or_load(weights), self.look, steps, self._device, fast_dtype(self._device))
        self.table = self.sampler.table(kinds_of(stage), buckets_of(stage))
        self.start: NDArray[np.uint8] | None = None
        raster = make_renderer("raster", stage, self.size, quality=quality)
        self._raster: Any = raster
        self._memory: Memory | None = None
        # Without a past the card can write the network's inputs itself, if it has the picture and the network's type.
        written = not history and chosen == "cpu" and self.sampler.dtype == torch.bfloat16 and quality != "film"
        self._direct = written and isinstance(raster, RasterRenderer)
        if written and isinstance(raster, RasterRenderer):
            table = self.table.contiguous().view(torch.int32).numpy().view(np.uint32)
            raster.teach(table, at.NEAR, at.FAST)

    def frame(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> NDArray[np.uint8]:
        """Return the picture alone, (H, W, 3) uint8 sRGB, row 0 at the top."""
        if self._direct:
            return self._told(snapshot, camera)[1]
        return self._advance(snapshot, camera)[1]

    def render(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> GBuffer:
        """Return all layers: the raster's, with the picture that was made as `color`.

        The picture follows the last one that was asked for; `previous` is for the motion layer alone.
        """
        before = self._memory.moment if self._memory is not None else None
        if self._direct:
            found, picture = self._told(snapshot, camera, layers=True)
            assert found is not None
            layers = found
        else:
            layers, picture = self._advance(snapshot, camera)
        if previous is None:
            motion = np.zeros_like(layers.motion)
        elif before is not None and same_moment(previous, before):
            motion = layers.motion
        else:
            matrices = to_previous(snapshot, camera, *previous, self.size)
            motion = motion_of(layers.depth, layers.part, matrices, camera)
        return replace(layers, color=picture, motion=motion)

    def _advance(self, snapshot: Snapshot, camera: Camera) -> tuple[GBuffer, NDArray[np.uint8]]:
        """Return the raster's layers and the picture of the frame that follows the last one."""
        layers, truth, past = self.prepare(snapshot, camera)
        picture = self.sampler.pictures(truth, past, self.table)[0].numpy()
        self.remember((snapshot, camera), layers, picture)
        return layers, picture

    def _told(
        self, snapshot: Snapshot, camera: Camera, layers: bool = False
    ) -> tuple[GBuffer | None, NDArray[np.uint8]]:
        """Return the same, layers if they are asked for, where the card writes what the network is given."""
        import torch

        from worldsim.render.diffusion.conditions import directions
        from worldsim.render.diffusion.object_noise import block_noise, of_blocks, to_parts

        words = self._rasteriser().tell(
            snapshot, camera, self._before(snapshot, camera), directions(camera.rotation, self.look), layers
        )
        depth, part = of_blocks(words.depth), of_blocks(words.part).astype(np.int32) & 0xFFFF
        part[depth > camera.far] = 0
        matrices = to_parts(camera, snapshot.position, snapshot.orientation)
        noise = block_noise(depth, part, self.size, matrices, camera.fov, self.seed)
        channels = [torch.from_numpy(some.view(np.int32)).view(torch.bfloat16) for some in words.channels]
        picture = self.sampler.picture(torch.from_numpy(words.picture), channels, torch.from_numpy(noise)).numpy()
        self.start, self._memory = words.picture, Memory((snapshot, camera))
        return words.layers, picture

    def _rasteriser(self) -> Any:
        if self._raster is None:
            raise ClosedError("this renderer is closed; make a new one with make_renderer")
        return self._raster

    def _before(self, snapshot: Snapshot, camera: Camera) -> Moment | None:
        """Return the moment of the frame before, or None, and nothing of it kept, after a cut."""
        from worldsim.render.diffusion.cut import is_cut

        if self._memory is not None and is_cut(self._memory.moment, (snapshot, camera)):
            self._memory = None
        return self._memory.moment if self._memory is not None else None

    def prepare(self, snapshot: Snapshot, camera: Camera) -> tuple[GBuffer, Truth, Past | None]:
        """Return the raster's layers and what the network is told of a frame that follows the last one."""
        import torch

        from worldsim.render.diffusion.conditions import Past, Truth, unit
        from worldsim.render.diffusion.cut import jumped
        from worldsim.render.diffusion.object_noise import object_noise
        from worldsim.render.diffusion.warp import carried, held

        layers = self._rasteriser().render(snapshot, camera, self._before(snapshot, camera))
        noise = object_noise(layers.depth, layers.part, snapshot, camera, self.seed)
        truth = Truth.of(layers, noise, camera, self.look).to(self._device)
        memory = self._memory
        if memory is None or memory.layers is None or not self.history:
            return layers, truth, None
        before = memory.layers
        part, depth = (torch.from_numpy(a)[None].to(self._device) for a in (before.part, before.depth))
        made, start = (torch.from_numpy(np.asarray(a))[None].to(self._device) for a in (memory.picture, before.color))
        change = (unit(made) - unit(start)).permute(0, 3, 1, 2)
        holds = held(truth.part, truth.depth, part, depth, truth.motion)
        away = jumped(memory.moment, (snapshot, camera))
        if away.any():
            holds &= ~torch.from_numpy(away).to(self._device)[truth.part.long()]
        return layers, truth, Past(carried(change, truth.motion), holds)

    def remember(self, moment: Moment, layers: GBuffer, picture: NDArray[np.uint8]) -> None:
        """Keep what the next frame builds on."""
        self.start = layers.color
        self._memory = Memory(moment, layers, picture) if self.history else Memory(moment)

    def reset(self) -> None:
        """Forget the last frame: the next one follows a cut."""
        self._memory = None

    def close(self) -> None:
        """Release the raster; a second call does nothing."""
        if self._raster is not None:
            self._raster.close()
            self._raster = self._memory = None
