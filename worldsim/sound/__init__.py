"""Sound: contacts and materials in, samples out. See docs/sound.md.

`Synth` makes blocks while a world runs, `SoundTrack` the sound of a whole stretch, `take_sound` that of a take,
`SoundStream` is what a loudspeaker or a recorder takes, `master` brings a whole programme to its level, `write_wav`
writes it.
"""

from worldsim.sound.master import Limiter, master
from worldsim.sound.stream import SampleQueue, SoundStream
from worldsim.sound.synth import Synth
from worldsim.sound.track import SoundTrack, take_sound
from worldsim.sound.wav import write_wav

__all__ = ["Limiter", "SampleQueue", "SoundStream", "SoundTrack", "Synth", "master", "take_sound", "write_wav"]
