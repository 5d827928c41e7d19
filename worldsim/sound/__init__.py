"""Sound: contacts and materials in, samples out. See docs/sound.md.

`Synth` makes blocks while a world runs, `SoundTrack` the sound of a whole stretch, `take_sound` that of a take,
`Limiter` and `master` bring it to a level, `write_wav` writes it.
"""

from worldsim.sound.master import Limiter, master
from worldsim.sound.synth import Synth
from worldsim.sound.track import SoundTrack, take_sound
from worldsim.sound.wav import write_wav

__all__ = ["Limiter", "SoundTrack", "Synth", "master", "take_sound", "write_wav"]
