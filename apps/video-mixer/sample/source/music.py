#!/usr/bin/env python3
"""Plays the sample clips' music into DIR/NAME.wav: a soft kalimba, a warm bass and a brushed beat in C at 120 beats
a minute. Every clip is a whole number of beats and ends on silence, so any order of clips stays in time and key.

usage: music.py DIR
"""
import math
import random
import struct
import sys
import wave

RATE = 48_000
BEAT = RATE // 2
# One chord per beat pair; a kalimba step is half a beat. Rests are None; numbers are semitones above C4.
CLIPS = {
    "hook-sore-gerah": (["Am", "Am", "F"], [12, None, 16, 12, 9, None, 12, 16, 17, 16, 12, None]),
    "hook-jam-tiga-sore": (["F", "G"], [9, None, 5, None, 7, None, 2, None]),
    "isi-gula-aren": (["C", "Am", "F", "G"], [12, 16, 19, 16, 21, 19, 16, 12, 17, 21, 24, 21, 19, 23, 26, None]),
    "isi-manisnya-pas": (["C", "F", "G"], [16, None, 19, 24, 21, None, 17, 21, 19, 23, 19, None]),
    "ajakan-pesan-sekarang": (["F", "G", "C"], [21, 17, 21, 24, 23, 19, 23, 26, 24, None, 28, 24]),
}
CHORDS = {"C": (0, 4, 7), "F": (5, 9, 12), "G": (7, 11, 14), "Am": (9, 12, 16)}


def hertz(semitone: float) -> float:
    return 261.6256 * 2 ** (semitone / 12)


def add(track: list, start: int, length: int, tone) -> None:
    for n in range(max(0, min(length, len(track) - start))):
        track[start + n] += tone(n / RATE)


def kalimba(semitone: int):
    w = 2 * math.pi * hertz(semitone)
    return lambda t: 0.26 * min(1, t * 400) * (
        math.exp(-5 * t) * math.sin(w * t) + 0.35 * math.exp(-14 * t) * math.sin(2 * w * t)
        + 0.12 * math.exp(-40 * t) * math.sin(5.4 * w * t))


def pad(semitone: int, seconds: float):
    w = 2 * math.pi * hertz(semitone)
    shape = lambda t: min(1, t * 12) * min(1, max(0, seconds - t) * 12)
    return lambda t: 0.045 * shape(t) * (math.sin(w * t) + 0.6 * math.sin(w * 1.004 * t) + 0.2 * math.sin(2 * w * t))


def bass(semitone: int):
    w = 2 * math.pi * hertz(semitone - 24)
    return lambda t: 0.24 * min(1, t * 200) * math.exp(-3.2 * t) * (math.sin(w * t) + 0.25 * math.sin(2 * w * t))


def kick(t: float) -> float:
    return 0.34 * math.exp(-16 * t) * math.sin(2 * math.pi * (48 * t + 5 * (1 - math.exp(-32 * t))))


def brush(noise: random.Random):
    last = 0.0

    def tone(t: float) -> float:
        nonlocal last
        now = noise.uniform(-1, 1)
        last, high = now, now - last
        return 0.035 * math.exp(-38 * t) * high
    return tone


def play(chords: list, steps: list, noise: random.Random) -> list:
    track = [0.0] * (len(chords) * 2 * BEAT)
    for n, name in enumerate(chords):
        start = n * 2 * BEAT
        for note in CHORDS[name]:
            add(track, start, 2 * BEAT, pad(note, 2 * BEAT / RATE))
        add(track, start, 2 * BEAT, bass(CHORDS[name][0]))
        add(track, start + BEAT * 3 // 2, BEAT // 2, bass(CHORDS[name][2] - 12))
        for beat in range(2):
            add(track, start + beat * BEAT, BEAT, kick)
            add(track, start + beat * BEAT + BEAT // 2, BEAT // 2, brush(noise))
    for n, note in enumerate(steps):
        if note is not None:
            add(track, n * BEAT // 2, 2 * BEAT, kalimba(note))
    # Cut tails fade over 20 ms; a hard end would click at every join.
    fade = RATE // 50
    for n in range(fade):
        track[-1 - n] *= n / fade
    return track


def main(folder: str) -> None:
    for name, (chords, steps) in CLIPS.items():
        track = play(chords, steps, random.Random(name))
        peak = max(map(abs, track))
        assert peak < 1, f"{name} clips at {peak}"
        with wave.open(f"{folder}/{name}.wav", "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(b"".join(struct.pack("<h", round(x * 30_000)) for x in track))


if __name__ == "__main__":
    main(sys.argv[1])
