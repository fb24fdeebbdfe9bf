"""The chromagram is BregmanToolkit's, and that of its definition at other rates and lengths."""
import numpy as np
import pytest
from helpers import ROOT, C, load, write

CHROMAGRAM = load(C)['Chromagram']  # test_readme.py: it is the same text in the other script
REFERENCE = np.load(ROOT / 'tests' / 'bregman_chromagrams.npz')
PAGE = 16384, 8192, 2205


@pytest.mark.parametrize('name', sorted({key.rsplit('_', 1)[0] for key in REFERENCE}))
def test_it_is_the_toolkits(name, tmp_path):
    F = CHROMAGRAM(write(tmp_path / 'sound.wav', REFERENCE[f'{name}_samples']), *PAGE)
    expected = REFERENCE[f'{name}_chroma']
    np.testing.assert_allclose(F.X, expected, rtol=0, atol=1e-6 * expected.max())


def by_definition(samples, rate, nfft, wfft, nhop):
    """The chromagram as one writes it down: every window, bin and band, in double precision."""
    chroma = np.zeros((12, len(samples) // nhop))
    padded = np.pad(samples, (0, -len(samples) % nhop))
    freqs = np.fft.rfftfreq(nfft, 1 / rate)
    for j, band in np.ndindex(chroma.shape[1], 84):
        end, center = (j + -(-wfft // nhop)) * nhop, 62.5 * 2 ** (band / 12)
        if end <= len(padded) and center <= rate / 2:
            frame = padded[end - wfft:end] * np.sqrt(np.hanning(wfft))
            power = np.abs(np.fft.rfft(frame, nfft) / nfft) ** 2
            width = 0.5475 * max(center * (2 ** (1 / 12) - 1), rate / nfft)
            weights = np.exp(-((center - freqs) / width) ** 2 / 2)
            value = (power * weights).sum() / (2 * np.linalg.norm(weights))
            chroma[band % 12, j] += np.sqrt(value) / 7
    return chroma


@pytest.mark.parametrize('rate, lengths', [
    (2500, PAGE), (8000, PAGE), (96000, PAGE), (192000, PAGE), (44100, (4096, 2000, 9000)),
    (44100, (4096, 4096, 4096)), (22050, (8192, 3000, 1000))])
def test_it_is_that_of_the_definition(rate, lengths, tmp_path):
    t = np.arange(40000) / rate  # more than a block of 16 windows, and no whole number of hops
    samples = sum(a * np.sin(2 * np.pi * f * t) for a, f in [(1, 100), (0.1, 900), (0.5, 9100)])
    F = CHROMAGRAM(write(tmp_path / 'sound.wav', samples.astype('f4'), rate), *lengths)
    expected = by_definition(samples, rate, *lengths)
    assert (F.sample_rate, F.nhop) == (rate, lengths[2])
    np.testing.assert_allclose(F.X, expected, rtol=0, atol=1e-6 * expected.max())


def test_a_long_recording_shows_progress(tmp_path, capsys):
    path = write(tmp_path / 'long.wav', np.zeros(30000 * 16, np.int16), rate=128)
    CHROMAGRAM(path, nfft=64, wfft=32, nhop=16)
    assert capsys.readouterr().out == f'25 minutes of {path}\n50 minutes of {path}\n'
