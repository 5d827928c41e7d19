"""Sound: contacts and materials in, samples out. See docs/sound.md.

`Synth` makes blocks of contact sound while a world runs, `Desk` of all there is, `SoundTrack` the sound of a whole
stretch, `take_sound` that of a take (`take_stems` with its stems), `SoundStream` is what a loudspeaker or a recorder
takes, `master` brings a whole programme to its level, `write_wav` writes it.
"""

from worldsim.sound.desk import Desk
from worldsim.sound.master import Limiter, master
from worldsim.sound.stream import SampleQueue, SoundStream
from worldsim.sound.synth import Synth
from worldsim.sound.track import SoundTrack, take_sound, take_stems
from worldsim.sound.wav import write_wav

__all__ = [
    "Desk",
    "Limiter",
    "SampleQueue",
    "SoundStream",
    "SoundTrack",
    "Synth",
    "master",
    "take_sound",
    "take_stems",
    "write_wav",
]
