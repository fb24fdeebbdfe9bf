"""The chromagram is BregmanToolkit's, and the feature vectors are those the book's repositories show."""
import json
import os
import pathlib

import numpy as np
import pytest
from helpers import ROOT, load, run, write

CHROMAGRAM = load('audio_clustering')['Chromagram']  # test_listings.py holds the other script's to the same text
REFERENCE = np.load(ROOT / 'tests' / 'bregman_chromagrams.npz')
PUBLISHED = json.loads((ROOT / 'tests' / 'published.json').read_text(encoding='utf-8'))


def chromagram(path):
    """The page's call."""
    return CHROMAGRAM(str(path), nfft=16384, wfft=8192, nhop=2205)


@pytest.mark.parametrize('name', sorted({key.rsplit('_', 1)[0] for key in REFERENCE}))
def test_every_column_is_that_of_the_toolkit(name, tmp_path):
    F = chromagram(write(tmp_path / 'sound.wav', REFERENCE[f'{name}_samples']))
    expected = REFERENCE[f'{name}_chroma']
    assert F.sample_rate == 44100
    np.testing.assert_allclose(F.X, expected, rtol=0, atol=1e-6 * expected.max())


def by_definition(samples, rate, nfft=16384, wfft=8192, nhop=2205):
    """The chromagram as one writes it down: every window, bin and band, in double precision."""
    chroma = np.zeros((12, len(samples) // nhop))
    padded = np.pad(samples, (0, -len(samples) % nhop))
    freqs = np.fft.rfftfreq(nfft, 1 / rate)
    for j in range(chroma.shape[1]):
        end = (j + int(np.ceil(wfft / nhop))) * nhop
        if end > len(padded):
            continue
        power = np.abs(np.fft.rfft(padded[end - wfft:end] * np.sqrt(np.hanning(wfft)), nfft) / nfft) ** 2
        for band in range(84):
            center = 62.5 * 2 ** (band / 12)
            width = max(center * (2 ** (1 / 12) - 1), rate / nfft)
            weights = np.exp(-((center - freqs) / (0.5475 * width)) ** 2 / 2)
            if center <= rate / 2:
                chroma[band % 12, j] += np.sqrt((power * weights).sum() / (2 * np.sqrt((weights ** 2).sum()))) / 7
    return chroma


@pytest.mark.parametrize('rate', [2500, 8000, 44100, 96000])
@pytest.mark.parametrize('pitch', [100, 3000, 9100])
def test_every_column_is_that_of_the_definition(pitch, rate, tmp_path):
    t = np.arange(21000) / rate  # the weaker note is for single precision, which an empty chromagram would ask too much
    samples = (np.sin(2 * np.pi * pitch * t) + 0.1 * np.sin(2 * np.pi * 1000 * t)).astype(np.float32)
    expected = by_definition(samples.astype(float), rate)
    F = chromagram(write(tmp_path / 'sound.wav', samples, rate))
    np.testing.assert_allclose(F.X, expected, rtol=0, atol=1e-6 * expected.max())


def test_a_long_recording_shows_that_it_goes_on(tmp_path, capsys):
    path = str(write(tmp_path / 'long.wav', np.zeros(30000 * 16, np.int16), rate=128))
    CHROMAGRAM(path, nfft=64, wfft=32, nhop=16)
    assert capsys.readouterr().out == f'25 minutes of {path}\n50 minutes of {path}\n'  # 12,000 columns each


@pytest.mark.skipif('BOOK_RECORDINGS' not in os.environ, reason='BOOK_RECORDINGS names no folder with the recordings')
@pytest.mark.filterwarnings('ignore::scipy.io.wavfile.WavFileWarning')  # one of them has a chunk of its own
def test_published_figures_come_out_of_the_books_own_recordings(tmp_path):
    for name, counts in PUBLISHED['note_counts'].items():
        recording = pathlib.Path(os.environ['BOOK_RECORDINGS']) / name
        (tmp_path / name).write_bytes(recording.read_bytes())  # the pictures then go elsewhere
        F = chromagram(recording)
        assert np.bincount(F.X.argmax(axis=0), minlength=12).tolist() == counts
        if name == 'cough_1.wav':
            expected = np.array(PUBLISHED['chromagram_of_cough_1'])
            np.testing.assert_allclose(F.X, expected, rtol=0, atol=1e-6 * expected.max())
    status, out, err, names = run('audio_clustering', tmp_path)
    counts = np.array(list(PUBLISHED['note_counts'].values()))
    np.testing.assert_allclose(names['X'], counts / counts.sum(axis=1, keepdims=True))
    assert {pathlib.Path(name).name: cluster for cluster, name in eval(out.splitlines()[-1])} == PUBLISHED['clusters']
