"""Make the sounds of this folder: two coughs, three screams and a conversation of two voices.

All of them are synthetic. Coughs and screams are computed here the way a body makes them: noise,
or the pulses of the vocal folds, passes through the resonances of a vocal tract into a small room.
The conversation is spoken by espeak-ng, which is needed only to make that file again. All random
numbers are seeded, so a second run writes the same files, but for rounding: on another processor,
some samples can differ by one step of their 16 bits.

Usage: python audio_dataset/synthesize.py
"""
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from scipy import signal
from scipy.io import wavfile

RATE = 44100  # Hz
FOLDER = os.path.dirname(os.path.abspath(__file__))


def times(duration):
    """The time of each sample (seconds) in a sound of `duration` seconds."""
    return np.arange(int(duration * RATE)) / RATE


def curve(t, *points):
    """Straight lines through `points`, (seconds, value) pairs, smoothed over 10 ms, at `t`."""
    values = np.interp(t, *zip(*points))
    return np.convolve(np.pad(values, 220, 'edge'), np.ones(441) / 441, 'valid')[:len(t)]


def wander(t, rng, cutoff):
    """Slow noise below `cutoff` Hz, of unit standard deviation: no living thing holds still."""
    low_pass = signal.butter(2, cutoff, fs=RATE, output='sos')
    noise = signal.sosfilt(low_pass, rng.standard_normal(len(t) + RATE))[RATE:]
    return noise / noise.std()


def vocal_tract(source, formants):
    """`source` through the resonances of a tube: at `formants` (Hz), then about one a kilohertz."""
    spacing = formants[-1] / (len(formants) - 0.5)
    higher = np.arange(formants[-1] + spacing, 0.45 * RATE, spacing)
    for frequency in (*formants, *higher):
        bandwidth = 80 + 0.07 * frequency
        radius = np.exp(-np.pi * bandwidth / RATE)
        a = [1, -2 * radius * np.cos(2 * np.pi * frequency / RATE), radius ** 2]
        source = signal.lfilter([sum(a)], a, source)
    return np.diff(source, prepend=0)  # lips radiate the change of the flow


def voice(f0, tilt):
    """Pulses of the vocal folds: harmonics of `f0` (Hz, per sample), `tilt` dB less an octave."""
    phase = 2 * np.pi * np.cumsum(f0) / RATE
    harmonics = np.zeros(len(f0))
    for n in range(1, int(16000 / f0.max()) + 1):
        harmonics += 10 ** (-tilt * np.log2(n) / 20) * np.cos(n * phase)
    return harmonics


def cough(rng, burst, rasp, voiced, pitch, formants):
    """One cough: the glottis bursts open, air rattles as the throat narrows, a voice may end it.

    `burst`, `rasp` and `voiced` are the lengths of these three phases (seconds), `pitch` is the
    pitch of the voice, and `formants` are the resonances of the throat before it narrows (Hz).
    """
    end = burst + rasp
    t = times(end + voiced + 0.15)
    flow = curve(t, (0, 0), (0.006, 1), (burst, 0.6), (burst + 0.4 * rasp, 0.25), (end, 0.12),
                 (end + voiced, 0.04), (end + voiced + 0.12, 0))
    rattle = np.clip(1 + 0.4 * wander(t, rng, 50) * np.clip(t / burst, 0, 1), 0.1, None)
    turbulence = signal.lfilter([0.1], [1, -0.9], rng.standard_normal(len(t))) * flow * rattle
    low_pass = signal.butter(2, 300, fs=RATE, output='sos')
    puff = signal.sosfilt(low_pass, turbulence) * np.exp(-t / burst)
    source = turbulence + 6 * puff
    if voiced:
        f0 = curve(t, (0, pitch), (end, pitch), (end + voiced, 0.7 * pitch))
        f0 *= 1 + 0.02 * wander(t, rng, 20)
        loudness = curve(t, (end - 0.03, 0), (end + 0.3 * voiced, 1), (end + voiced, 0))
        source += 0.05 * voice(f0, 12) * loudness
    narrow = np.clip(t / end, 0, 1)
    wide_throat, narrow_throat = vocal_tract(source, formants), vocal_tract(source, 0.8 * formants)
    return (1 - narrow) * wide_throat + narrow * narrow_throat


def scream(rng, duration, pitch, glide, vibrato, rough, breath, formants):
    """One scream: a loud, high voice that leaps up, holds on with vibrato and breaks off.

    `pitch` (Hz) is the pitch it holds; `glide` is where it starts and ends, as factors of that;
    `vibrato` is its depth, as a factor, and its rate (Hz); `rough` is the depth of the roughness,
    and `breath` the share of noise.
    """
    t = times(duration)
    f0 = pitch * curve(t, (0, glide[0]), (0.12, 1), (0.7 * duration, 1.0), (duration, glide[1]))
    depth, frequency = vibrato
    f0 *= (1 + depth * np.sin(2 * np.pi * frequency * t + wander(t, rng, 1))
           + 0.006 * wander(t, rng, 15))
    loudness = curve(t, (0, 0), (0.06, 0.9), (0.3, 1), (0.8 * duration, 0.75), (duration - 0.02, 0))
    phase = 2 * np.pi * np.cumsum(70 + 8 * wander(t, rng, 3)) / RATE
    flutter = 1 - rough * (0.5 + 0.5 * np.sin(phase))
    air = breath * rng.standard_normal(len(t))
    return vocal_tract((voice(f0, 9) * flutter + air) * loudness, formants)


def record(name, sounds, duration, level, rng):
    """Record `sounds`, (start in seconds, samples) pairs, in a small room, and save the file."""
    dry = np.zeros(int(duration * RATE))
    for start, sound in sounds:
        first = int(start * RATE)
        dry[first:first + len(sound)] += sound[:len(dry) - first]
    t = times(0.35)
    echo = rng.standard_normal(len(t)) * np.exp(-t / 0.05)
    wet = signal.fftconvolve(dry, echo / np.linalg.norm(echo))[:len(dry)]
    high_pass = signal.butter(2, 70, 'highpass', fs=RATE, output='sos')
    sound = signal.sosfilt(high_pass, dry + 0.25 * wet)
    sound *= level / np.abs(sound).max()
    hiss = signal.lfilter([0.1], [1, -0.9], rng.standard_normal(len(sound)))
    sound += 4e-4 * hiss  # no room is silent
    wavfile.write(os.path.join(FOLDER, name), RATE, np.round(32767 * sound).astype(np.int16))


def make_clips():
    """Write the five clips: one person coughs twice, another screams three times."""
    chest = np.array([700, 1500, 2500, 3500])
    rng = np.random.default_rng(1)
    bout = [(0.12, cough(rng, 0.05, 0.24, 0.12, 190, chest)),
            (0.66, 0.8 * cough(rng, 0.04, 0.20, 0.10, 180, chest)),
            (1.12, 0.7 * cough(rng, 0.04, 0.22, 0, 0, chest)),
            (1.75, 0.5 * cough(rng, 0.05, 0.30, 0.15, 170, chest))]
    record('cough_1.wav', bout, 2.5, 0.9, rng)

    rng = np.random.default_rng(2)
    bout = [(0.15, cough(rng, 0.04, 0.19, 0, 0, chest)),
            (0.52, 0.8 * cough(rng, 0.04, 0.17, 0, 0, chest)),
            (0.95, 0.9 * cough(rng, 0.05, 0.26, 0.14, 200, chest)),
            (1.70, cough(rng, 0.05, 0.23, 0, 0, chest)),
            (2.12, 0.6 * cough(rng, 0.04, 0.20, 0, 0, chest)),
            (2.55, 0.5 * cough(rng, 0.05, 0.28, 0.13, 185, chest))]
    record('cough_2.wav', bout, 3.2, 0.6, rng)

    throat = np.array([1200, 1900, 3000, 4000])
    rng = np.random.default_rng(3)
    sound = scream(rng, 1.25, 1240, (0.6, 0.8), (0.02, 6.5), 0.3, 0.3, throat)
    record('scream_1.wav', [(0.05, sound)], 1.5, 0.7, rng)
    rng = np.random.default_rng(4)
    sound = scream(rng, 2.1, 1290, (0.7, 0.7), (0.03, 5.5), 0.5, 0.5, throat)
    record('scream_2.wav', [(0.10, sound)], 2.5, 0.8, rng)
    rng = np.random.default_rng(5)
    sound = scream(rng, 3.0, 1260, (0.5, 0.6), (0.025, 6), 0.7, 0.8, throat)
    record('scream_3.wav', [(0.08, sound)], 3.4, 0.95, rng)


# Who speaks, and what. espeak-ng: voice, pitch (0 to 99), words a minute.
VOICES = {'low': ('en-gb', 15, 170), 'high': ('en-us+f4', 70, 180)}
TURNS = [
    ('low', 'Today we hand a computer a folder of sounds. Nobody has told it which of them are '
            'coughs, and which of them are screams.'),
    ('high', 'And it still puts them into two groups. It first asks which of the twelve notes is '
             'the loudest at each moment, and then counts the notes.'),
    ('low', 'So each sound becomes twelve numbers, whether it lasts for one second or for an '
            'hour.'),
    ('high', 'Right! Then two points are placed among them. Every sound joins the nearer point, '
             'and each point moves to the middle of the sounds that joined it.'),
    ('low', 'And this is done again and again, until no sound changes sides any more. How does it '
            'find out who is speaking now?'),
    ('high', 'In the same way. We cut the recording into short pieces, and treat every piece as a '
             'sound of its own.'),
    ('low', 'Then my pieces should end up in one group, and yours in the other. Let us see whether '
            'they do.'),
]


def make_conversation():
    """Write the conversation, and beside it who speaks when: start and end (seconds), and voice."""
    rng = np.random.default_rng(6)
    sound, turns = [np.zeros(int(0.1 * RATE))], []
    with tempfile.TemporaryDirectory() as folder:
        for speaker, words in TURNS:
            name, pitch, speed = VOICES[speaker]
            spoken = os.path.join(folder, 'turn.wav')
            subprocess.run(['espeak-ng', '-v', name, '-p', str(pitch), '-s', str(speed),
                            '-w', spoken, words], check=True)
            rate, samples = wavfile.read(spoken)
            samples = signal.resample_poly(samples / 32768, RATE, rate)
            heard = np.flatnonzero(np.abs(samples) > 0.01)
            samples = samples[heard[0]:heard[-1]]
            start = sum(map(len, sound)) / RATE
            turns.append((start, start + len(samples) / RATE, speaker))
            sound += [samples, np.zeros(int(rng.uniform(0.15, 0.4) * RATE))]
    sound = np.concatenate(sound)
    sound *= 0.8 / np.abs(sound).max()
    sound += 1e-3 * signal.lfilter([0.1], [1, -0.9], rng.standard_normal(len(sound)))
    podcast = os.path.join(FOLDER, 'podcast')
    os.makedirs(podcast, exist_ok=True)
    samples = np.round(32767 * sound).astype(np.int16)
    wavfile.write(os.path.join(podcast, 'two_voices.wav'), RATE, samples)
    with open(os.path.join(podcast, 'two_voices.txt'), 'w', encoding='utf-8') as file:
        file.writelines(f'{start:.2f} {end:.2f} {who}\n' for start, end, who in turns)


if __name__ == '__main__':
    make_clips()
    if shutil.which('espeak-ng'):
        make_conversation()
    else:
        print('podcast/two_voices.wav stays as it is: the program espeak-ng is not installed',
              file=sys.stderr)
