"""`worldsim sound`: the sound of a take as a WAV file, with its stems."""

from __future__ import annotations

from pathlib import Path

import click

from worldsim.cli.command import Command
from worldsim.cli.console import plain_warnings, print_json
from worldsim.cli.options import json_option


@click.command(
    cls=Command,
    examples=(
        "worldsim sound clip.take -o clip.wav",
        "worldsim sound clip.take -o near.wav --camera chase --stems stems/",
        "worldsim sound clip.take -o phones.wav --binaural --from 1 --to 4",
        "worldsim sound clip.take -o clip.layers/sound.wav --raw",
    ),
)
@click.argument("take", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE", help="A .wav to write.")
@click.option("--camera", metavar="NAME", help="A camera of the scene, where the ears are; its first if left out.")
@click.option(
    "--stems",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write contacts.wav, sources.wav, ambience.wav and music.wav there, too.",
)
@click.option("--binaural", is_flag=True, help="For headphones: what a head does to sound from each side.")
@click.option("--raw", is_flag=True, help="For data: 32-bit floats in which 1 is 10 Pa, at no loudness, never limited.")
@click.option("--from", "start", type=click.FloatRange(min=0), default=0.0, metavar="S", help="Begin here, in seconds.")
@click.option("--to", "end", type=click.FloatRange(min=0), metavar="S", help="End here, in seconds.")
@json_option
def sound(
    take: Path,
    output: Path,
    camera: str | None,
    stems: Path | None,
    binaural: bool,
    raw: bool,
    start: float,
    end: float | None,
    as_json: bool,
) -> None:
    """Make the sound of a TAKE again, from any camera. Nothing is simulated: what happened stays what it was.

    48 kHz stereo at −16 LUFS with true peaks below −1 dB, or, with --raw, as loud as it is.
    """
    from worldsim.errors import OutputError, SoundError
    from worldsim.record.film import choose_rig
    from worldsim.sound import take_stems, write_wav
    from worldsim.sound.loudness import decibels, integrated_loudness, true_peak
    from worldsim.take import Take

    if output.suffix.lower() != ".wav":
        raise OutputError(f"{output}: sound is written as .wav; give a name that ends in it")
    with plain_warnings(), Take.open(take) as opened:
        rate = opened.header.control_rate
        first = round(start * rate)
        last = len(opened) if end is None else min(round(end * rate), len(opened))
        if first >= last:
            asked = f"from {start:g} s to {'its end' if end is None else f'{end:g} s'}"
            raise SoundError(f"{take}: it lasts {opened.seconds:.2f} s; there is nothing {asked}")
        with opened.world() as world:
            rig = choose_rig(opened.scene, world.parts, opened.snapshot(0), camera, (960, 540))
        samples, layers = take_stems(opened, rig.camera, first, last, mastered=not raw, binaural=binaural)
    write_wav(output, samples, pcm=not raw)
    written = {}
    if stems is not None:
        try:
            stems.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{stems}: {error.strerror or error}; give a folder that can be made") from error
        for name, layer in layers.items():
            written[name] = stems / f"{name}.wav"
            write_wav(written[name], layer, pcm=False)
    seconds = (last - first) / rate
    loudness, peak = integrated_loudness(samples, 48_000), decibels(float(true_peak(samples).max(initial=0.0)))
    if as_json:
        document = {
            "sound": str(output),
            "seconds": seconds,
            "sample_rate": 48_000,
            "raw": raw,
            "loudness_lufs": round(loudness, 2) if loudness > -200 else None,
            "true_peak_dbtp": round(peak, 2) if peak > -200 else None,
            "stems": {name: str(path) for name, path in written.items()},
        }
        print_json(document)
        return
    heard = f"{loudness:.1f} LUFS, peak {peak:.1f} dBTP" if peak > -200 else "silence"
    click.echo(f"{output}: {seconds:.2f} s of stereo at 48 kHz, {heard}")
    for name, path in written.items():
        click.echo(f"{path}: {name}")
