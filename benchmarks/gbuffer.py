"""All layers at 256×256, beside TinyRenderer's colour, depth and ids of the same scene from the same camera."""

from __future__ import annotations

from collections.abc import Iterator

from worldsim.benchmarks.measure import Result, taking_turns
from worldsim.benchmarks.shaded import moments_of

SIZE = (256, 256)
ROUNDS = 9
TOGETHER = 12  # frames a turn, as in a film: the first after other work find cold caches and sleeping threads


def run() -> Iterator[Result]:
    """Yield frames a second of `Renderer.render` beside those of a bare `getCameraImage`."""
    from worldsim.render import make_renderer
    from worldsim.render.tiny import TinyRenderer

    stage, moments = moments_of("dog_agility", 8)
    raster = make_renderer("raster", stage, SIZE)
    tiny = TinyRenderer(stage, SIZE)
    tiny.render(*moments[0])  # puts everything in its place
    client = tiny._client  # PyBullet's world with nothing in it but what is drawn: the bare call needs no more
    assert client is not None
    camera = moments[0][1]
    view = camera.view().T.ravel().tolist()
    projection = camera.projection(*SIZE).T.ravel().tolist()
    turn = iter(range(10**9))

    def layers() -> None:
        for _ in range(TOGETHER):
            i = next(turn) % (len(moments) - 1)
            raster.render(*moments[i + 1], moments[i])

    def bare() -> None:
        client.getCameraImage(*SIZE, view, projection, renderer=client.ER_TINY_RENDERER)

    together, floor = taking_turns([layers, bare], ROUNDS)
    took = together / TOGETHER
    raster.close()
    tiny.close()
    note = f"{1000 * took:.1f} ms a frame ({raster.name}); getCameraImage {1000 * floor:.1f} ms"
    yield Result("gbuffer_256_fps", 1 / took, "frames/s", 1 / floor, note)
