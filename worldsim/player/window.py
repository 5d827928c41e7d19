"""The window: takes input, lets the game go on, shows the picture, again. The only part that meets pygame's events.

The picture is drawn by a process of its own (`painter.py`); this loop never waits long for it, so that input, the world
and its sound go on evenly. On a machine that is too slow pictures are dropped, then time runs slower.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from worldsim.player.canvas import Canvas
from worldsim.player.game import Game
from worldsim.player.hud import Hud, Status
from worldsim.player.ink import Ink
from worldsim.player.keymap import HOTKEYS, MOUSE, PAD, PAD_BUTTONS, REPEATING, hotkey
from worldsim.player.mouse import NEARER
from worldsim.player.options import PlayResult
from worldsim.player.pad import Pads
from worldsim.player.sheet import draw_error, draw_help, draw_notice
from worldsim.record.interrupt import stop_request

FRAMES = 60  # pictures a second at most
HEARD = 8  # sources listed
SETTLED = 0.25  # s after which a window that was resized gets pictures of its size
PATIENCE = 0.008  # s that the loop waits for a picture before it lets the world go on
SMALLEST = (160, 90)  # px
REPEAT = (0.35, 0.06)  # s until a held key repeats, and from then on
BROKEN = "The scene file can't be used as it is now; the last good one plays on"


class Window:
    """Shows one game."""

    def __init__(self, game: Game, pygame: Any) -> None:
        """Open the window.

        Args:
            game: what is played.
            pygame: the module, its display initialised.
        """
        self.game = game
        self._pg = pygame
        self._screen = pygame.display.set_mode(game.size, pygame.RESIZABLE)
        pygame.display.set_caption(f"{game.session.scene.name} - worldsim")
        self._pads = Pads(pygame)
        self._fit(game.size)
        self._resized = 0.0  # s until the picture follows the window's size
        self._visible = True
        self._repeat: tuple[str, float] | None = None  # (order whose key is held, s until it is given again)
        game.waiting = self._notice

    def _fit(self, size: tuple[int, int]) -> None:
        """Draw on a window of that size."""
        self._screen = self._pg.display.get_surface()
        self._canvas = Canvas(self.game.size, size)
        self._ink = Ink(self._pg, self._screen)
        self._hud = Hud(self._ink)

    # ---- the loop

    def run(self) -> PlayResult:
        """Play until the window is closed, Escape, Ctrl-C, SIGTERM or `max_frames`; finish what is recorded.

        Raises:
            OutputError: what was recorded can't be written to the end.
        """
        game, most = self.game, self.game.options.max_frames
        began = last = turned = time.perf_counter()
        shown: list[float] = []
        with stop_request() as stop:
            while game.running and not stop and (most is None or len(shown) < most):
                now = time.perf_counter()
                elapsed, last = now - last, now
                self._take_input(elapsed)
                game.tick(elapsed, self._pads.tilts())
                if not self._visible:
                    self._pace(now)
                elif game.projector.ready(self._patience(now)):
                    self._draw()
                    shown.append(time.perf_counter())
                    game.projector.keep_pace(shown[-1] - turned)
                    self._pace(turned)
                    turned = time.perf_counter()
            seconds = time.perf_counter() - began
            outcome = game.outcome
            game.stop_film()
        gaps = np.diff(shown) if len(shown) > 1 else np.zeros(1)
        return PlayResult(
            len(shown),
            seconds,
            game.simulated,
            round(game.simulated * game.session.world.step_rate),
            len(shown) / seconds,
            float(np.percentile(gaps, 50)),
            float(np.percentile(gaps, 95)),
            game.simulated / game.ran if game.ran > 0 else 1.0,
            outcome,
            tuple(game.saved),
            game.audio.report(),
        )

    def _patience(self, turned: float) -> float:
        """Return how long to wait for a picture, s: the world goes on when it is due, not when the screen likes."""
        return min(PATIENCE, max(self.game.clock.left - (time.perf_counter() - turned), 0.0))

    def _pace(self, started: float) -> None:
        """Wait for the next picture's time, and no longer."""
        left = 1 / FRAMES - (time.perf_counter() - started)
        if left > 0:
            time.sleep(left)

    # ---- input

    def _take_input(self, elapsed: float) -> None:
        for event in self._pg.event.get():
            self._take(event)
        if self._repeat is not None:
            order, left = self._repeat
            if left <= elapsed:
                self.game.order(order)
                left = elapsed + REPEAT[1]
            self._repeat = (order, left - elapsed)
        if self._resized > 0:
            self._resized -= elapsed
            if self._resized <= 0:
                self.game.resize(self._screen.get_size())
                self._fit(self._screen.get_size())
        if self._canvas.picture != self.game.size:
            self._fit(self._screen.get_size())

    def _take(self, event: Any) -> None:
        pg, game = self._pg, self.game
        if event.type == pg.QUIT:
            game.running = False
        elif event.type == pg.KEYDOWN:
            self._press(pg.key.name(event.key))
        elif event.type == pg.KEYUP:
            game.held.release(pg.key.name(event.key))
            self._repeat = None
        elif event.type == pg.WINDOWFOCUSLOST:
            game.held.clear()
            game.mouse.release()
            self._repeat = None
        elif event.type in (pg.WINDOWMINIMIZED, pg.WINDOWHIDDEN):
            self._visible = False
        elif event.type in (pg.WINDOWRESTORED, pg.WINDOWSHOWN, pg.WINDOWEXPOSED):
            self._visible = True
        elif event.type == pg.VIDEORESIZE:
            self._resize((event.w, event.h))
        elif event.type == pg.JOYDEVICEADDED:
            game.say(f"{self._pads.added(event.device_index)}: H shows what it does")
        elif event.type == pg.JOYDEVICEREMOVED:
            self._pads.removed(event.instance_id)
        elif event.type == pg.JOYBUTTONDOWN and event.button in PAD_BUTTONS:
            game.order(PAD_BUTTONS[event.button][1])
        else:
            self._take_mouse(event)

    def _press(self, key: str) -> None:
        self.game.press(key)
        order = hotkey(key)
        if order in REPEATING and not self.game.controls.claims(key):
            self._repeat = (order, REPEAT[0])

    def _take_mouse(self, event: Any) -> None:
        pg, game, mouse = self._pg, self.game, self.game.mouse
        view, history = game.projector.view, game.session.history
        if event.type == pg.MOUSEMOTION:
            mouse.at = self._canvas.to_picture(event.pos)
            if mouse.doing == "bar":
                game.see(self._hud.place_of(event.pos[0]))
            elif mouse.doing == "divider":
                game.projector.divider.move(mouse.at[0], game.size[0])
            else:
                moved = (event.rel[0] / self._canvas.scale, event.rel[1] / self._canvas.scale)
                mouse.drag(moved, view, game.moment(), game.size)
        elif event.type == pg.MOUSEBUTTONDOWN:
            mouse.at = self._canvas.to_picture(event.pos)
            if event.button == 1 and game.hud and not game.help and self._hud.on_bar(event.pos):
                mouse.doing = "bar"
                game.see(self._hud.place_of(event.pos[0]))
            elif event.button == 1 and game.projector.grips(mouse.at):
                mouse.doing = "divider"
            else:
                world = None if history.looking else game.session.world
                mouse.down(event.button, world, game.projector.camera, game.size)
        elif event.type == pg.MOUSEBUTTONUP and event.button in (1, 2, 3):
            mouse.release()
        elif event.type == pg.MOUSEWHEEL:
            view.release(game.moment()).zoom(NEARER**event.y)

    def _resize(self, size: tuple[int, int]) -> None:
        wanted = (max(size[0], SMALLEST[0]), max(size[1], SMALLEST[1]))
        if wanted != size:
            self._pg.display.set_mode(wanted, self._pg.RESIZABLE)
        self._fit(wanted)
        self._resized = SETTLED

    # ---- the picture

    def _draw(self) -> None:
        game = self.game
        self._canvas.blit(self._pg, self._screen, game.picture())
        self._draw_marks()
        if game.help:
            draw_help(self._ink, self._help())
        elif game.hud:
            self._hud.draw(self._status())
        if game.error is not None:
            draw_error(self._ink, BROKEN, game.error)
        self._pg.display.flip()

    def _notice(self, text: str) -> None:
        """Show that something takes long, at once; the window stays alive meanwhile."""
        self._pg.event.pump()
        draw_notice(self._ink, text)
        self._pg.display.flip()

    def _draw_marks(self) -> None:
        game, projector, canvas = self.game, self.game.projector, self._canvas
        if game.hud:
            shining = projector.shine(game.session.history.flashes(projector.state.time))
            self._hud.flashes([(*canvas.to_window((x, y)), bright) for x, y, bright in shining])
        point = game.mouse.held_pixel(projector.state, projector.camera, game.size)
        if point is not None:
            start = canvas.to_window((float(point[0]), float(point[1])))
            self._hud.spring(start, canvas.to_window(game.mouse.at))

    def _status(self) -> Status:
        game = self.game
        session, history, world = game.session, game.session.history, game.session.world
        factor, fps = game.rates
        driver = "nobody" if not world.actors else str(session.policy) if session.driven else "you"
        speed = "paused" if game.clock.paused else f"{game.clock.speed:g}x, really {factor:.2f}x"
        layer = game.projector.layer
        lines = [
            ("time", f"{history.shown.time:.2f} s"),
            ("speed", speed),
            ("frames", f"{fps:.0f} a second"),
            ("camera", game.projector.view.name),
            ("driver", driver.replace("_", " ")),
        ]
        if game.audio.words:
            lines.append(("sound", game.audio.words))
        share = game.projector.detail.share
        if share < 1:
            lines.append(("detail", f"{100 * share:.0f} %"))
        if layer != "raster":
            lines.append(("layer", layer))
        badge = game.message or ("" if history.looking else (game.outcome or "").replace("_", " "))
        return Status(
            session.scene.name.replace("_", " "),
            f"seed {world.seed}",
            tuple(lines),
            badge,
            game.clock.paused,
            game.filming,
            history.place,
            history.ago,
            history.span,
            history.marks(),
            game.audio.loudest(HEARD) if game.listening else None,
        )

    def _help(self) -> list[list[tuple[str, list[tuple[str, str]]]]]:
        controls = self.game.controls
        keys = [(key, meaning) for key, (_, meaning) in HOTKEYS.items() if not controls.claims(key)]
        return [
            [("Keys", keys)],
            [("Drive", controls.words()[:8]), ("Mouse", list(MOUSE)), ("Gamepad", list(PAD))],
        ]
