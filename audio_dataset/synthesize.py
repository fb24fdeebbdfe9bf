"""Make the sounds of this folder: two coughs, three screams, and a conversation between two voices.

All of them are synthetic. The coughs and screams are computed here the way a body makes them (a source of noise or of
vocal fold pulses, through the resonances of a vocal tract, in a small room); the conversation is spoken by espeak-ng,
which is needed only to make that file again. Every random number is seeded: a second run writes the same files.

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


def seconds(duration):
    """Times of the samples of `duration` seconds, in seconds."""
    return np.arange(int(duration * RATE)) / RATE


def curve(t, *points):
    """Straight lines through `points`, (seconds, value) pairs, smoothed over 10 ms."""
    values = np.interp(t, *zip(*points))
    return np.convolve(np.pad(values, 220, 'edge'), np.ones(441) / 441, 'valid')[:len(t)]


def wander(t, rng, cutoff):
    """Slow noise of unit standard deviation, limited to `cutoff` Hz: no living thing holds still."""
    noise = signal.sosfilt(signal.butter(2, cutoff, fs=RATE, output='sos'), rng.standard_normal(len(t) + RATE))[RATE:]
    return noise / noise.std()


def vocal_tract(source, formants):
    """`source` through the resonances of a tube: the first ones at `formants`, in Hz, then one each kilohertz or so."""
    spacing = formants[-1] / (len(formants) - 0.5)
    higher = np.arange(formants[-1] + spacing, 0.45 * RATE, spacing)
    for frequency in (*formants, *higher):
        bandwidth = 80 + 0.07 * frequency
        radius = np.exp(-np.pi * bandwidth / RATE)
        a = [1, -2 * radius * np.cos(2 * np.pi * frequency / RATE), radius ** 2]
        source = signal.lfilter([sum(a)], a, source)
    return np.diff(source, prepend=0)  # what the lips radiate is the change of the flow


def voice(f0, tilt):
    """Vocal fold pulses: harmonics of `f0` (Hz, one value for each sample) that fall by `tilt` dB an octave."""
    phase = 2 * np.pi * np.cumsum(f0) / RATE
    harmonics = np.zeros(len(f0))
    for n in range(1, int(16000 / f0.max()) + 1):
        harmonics += 10 ** (-tilt * np.log2(n) / 20) * np.cos(n * phase)
    return harmonics


def cough(rng, burst, rasp, voiced, pitch, formants):
    """One cough: the glottis bursts open, air rushes on and rattles while the throat narrows, the voice may close it.

    `burst`, `rasp` and `voiced` are the lengths of the three phases in seconds, `pitch` is that of the voice in Hz,
    `formants` are the resonances of the throat before it narrows, in Hz.
    """
    end = burst + rasp
    t = seconds(end + voiced + 0.15)
    flow = curve(t, (0, 0), (0.006, 1), (burst, 0.6), (burst + 0.4 * rasp, 0.25), (end, 0.12), (end + voiced, 0.04),
                 (end + voiced + 0.12, 0))
    rattle = np.clip(1 + 0.4 * wander(t, rng, 50) * np.clip(t / burst, 0, 1), 0.1, None)
    turbulence = signal.lfilter([0.1], [1, -0.9], rng.standard_normal(len(t))) * flow * rattle
    puff = signal.sosfilt(signal.butter(2, 300, fs=RATE, output='sos'), turbulence) * np.exp(-t / burst)
    source = turbulence + 6 * puff
    if voiced:
        f0 = curve(t, (0, pitch), (end, pitch), (end + voiced, 0.7 * pitch)) * (1 + 0.02 * wander(t, rng, 20))
        source += 0.05 * voice(f0, 12) * curve(t, (end - 0.03, 0), (end + 0.3 * voiced, 1), (end + voiced, 0))
    narrow = np.clip(t / end, 0, 1)
    return (1 - narrow) * vocal_tract(source, formants) + narrow * vocal_tract(source, 0.8 * formants)


def scream(rng, duration, pitch, glide, vibrato, rough, breath, formants):
    """One scream: a loud, high voice that leaps up, holds on with vibrato and breaks off.

    `pitch` is that of the middle, in Hz; `glide` is where it starts and ends, as factors of it; `vibrato` is
    (depth as a factor, rate in Hz); `rough` and `breath` are the depth of the roughness and the share of noise.
    """
    t = seconds(duration)
    f0 = pitch * curve(t, (0, glide[0]), (0.12, 1), (0.7 * duration, 1.0), (duration, glide[1]))
    f0 *= 1 + vibrato[0] * np.sin(2 * np.pi * vibrato[1] * t + wander(t, rng, 1)) + 0.006 * wander(t, rng, 15)
    loudness = curve(t, (0, 0), (0.06, 0.9), (0.3, 1), (0.8 * duration, 0.75), (duration - 0.02, 0))
    flutter = 1 - rough * (0.5 + 0.5 * np.sin(2 * np.pi * np.cumsum(70 + 8 * wander(t, rng, 3)) / RATE))
    air = breath * rng.standard_normal(len(t))
    return vocal_tract((voice(f0, 9) * flutter + air) * loudness, formants)


def record(name, sound_at, duration, level, rng):
    """Put sounds, (start in seconds, samples) pairs, into a small room before a microphone, and write them down."""
    dry = np.zeros(int(duration * RATE))
    for start, sound in sound_at:
        first = int(start * RATE)
        dry[first:first + len(sound)] += sound[:len(dry) - first]
    t = seconds(0.35)
    echo = rng.standard_normal(len(t)) * np.exp(-t / 0.05)
    wet = signal.fftconvolve(dry, echo / np.linalg.norm(echo))[:len(dry)]
    sound = signal.sosfilt(signal.butter(2, 70, 'highpass', fs=RATE, output='sos'), dry + 0.25 * wet)
    sound *= level / np.abs(sound).max()
    sound += 4e-4 * signal.lfilter([0.1], [1, -0.9], rng.standard_normal(len(sound)))  # the room itself is not silent
    wavfile.write(os.path.join(FOLDER, name), RATE, np.round(32767 * sound).astype(np.int16))


def make_clips():
    """Write the five clips: one person coughs twice, another screams three times."""
    chest = np.array([700, 1500, 2500, 3500])
    rng = np.random.default_rng(1)
    bout = [(0.12, cough(rng, 0.05, 0.24, 0.12, 190, chest)), (0.66, 0.8 * cough(rng, 0.04, 0.20, 0.10, 180, chest)),
            (1.12, 0.7 * cough(rng, 0.04, 0.22, 0, 0, chest)), (1.75, 0.5 * cough(rng, 0.05, 0.30, 0.15, 170, chest))]
    record('cough_1.wav', bout, 2.5, 0.9, rng)

    rng = np.random.default_rng(2)
    bout = [(0.15, cough(rng, 0.04, 0.19, 0, 0, chest)), (0.52, 0.8 * cough(rng, 0.04, 0.17, 0, 0, chest)),
            (0.95, 0.9 * cough(rng, 0.05, 0.26, 0.14, 200, chest)), (1.70, cough(rng, 0.05, 0.23, 0, 0, chest)),
            (2.12, 0.6 * cough(rng, 0.04, 0.20, 0, 0, chest)), (2.55, 0.5 * cough(rng, 0.05, 0.28, 0.13, 185, chest))]
    record('cough_2.wav', bout, 3.2, 0.6, rng)

    throat = np.array([1200, 1900, 3000, 4000])
    rng = np.random.default_rng(3)
    record('scream_1.wav', [(0.05, scream(rng, 1.25, 1240, (0.6, 0.8), (0.02, 6.5), 0.3, 0.3, throat))], 1.5, 0.7, rng)
    rng = np.random.default_rng(4)
    record('scream_2.wav', [(0.10, scream(rng, 2.1, 1290, (0.7, 0.7), (0.03, 5.5), 0.5, 0.5, throat))], 2.5, 0.8, rng)
    rng = np.random.default_rng(5)
    record('scream_3.wav', [(0.08, scream(rng, 3.0, 1260, (0.5, 0.6), (0.025, 6), 0.7, 0.8, throat))], 3.4, 0.95, rng)


# Who speaks, and what. espeak-ng: voice, pitch (0 to 99), words a minute.
VOICES = {'low': ('en-gb', 15, 170), 'high': ('en-us+f4', 70, 180)}
TURNS = [
    ('low', 'Today we hand a computer a folder of sounds. Nobody has told it which of them are coughs, and which of '
            'them are screams.'),
    ('high', 'And it still puts them into two groups. It first asks which of the twelve notes is the loudest at each '
             'moment, and then counts the notes.'),
    ('low', 'So each sound becomes twelve numbers, whether it lasts for one second or for an hour.'),
    ('high', 'Right! Then two points are placed among them. Every sound joins the nearer point, and each point moves '
             'to the middle of the sounds that joined it.'),
    ('low', 'And this is done again and again, until no sound changes sides any more. How does it find out who is '
            'speaking now?'),
    ('high', 'In the same way. We cut the recording into short pieces, and treat every piece as a sound of its own.'),
    ('low', 'Then my pieces should end up in one group, and yours in the other. Let us see whether they do.'),
]


def make_conversation():
    """Write the conversation, and beside it who speaks when: start and end in seconds, voice."""
    rng = np.random.default_rng(6)
    sound, turns = [np.zeros(int(0.1 * RATE))], []
    with tempfile.TemporaryDirectory() as folder:
        for speaker, words in TURNS:
            name, pitch, speed = VOICES[speaker]
            spoken = os.path.join(folder, 'turn.wav')
            subprocess.run(['espeak-ng', '-v', name, '-p', str(pitch), '-s', str(speed), '-w', spoken, words],
                           check=True)
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
    wavfile.write(os.path.join(podcast, 'two_voices.wav'), RATE, np.round(32767 * sound).astype(np.int16))
    with open(os.path.join(podcast, 'two_voices.txt'), 'w', encoding='utf-8') as file:
        file.writelines(f'{start:.2f} {end:.2f} {speaker}\n' for start, end, speaker in turns)


if __name__ == '__main__':
    make_clips()
    if shutil.which('espeak-ng'):
        make_conversation()
    else:
        print('podcast/two_voices.wav is left as it is: the program espeak-ng is not installed', file=sys.stderr)
