"""The chromagram is BregmanToolkit's, and that of its definition at other rates and lengths."""
import audio_clustering
import numpy as np
import pytest
from conftest import ROOT

REFERENCE = np.load(ROOT / 'tests' / 'bregman_chromagrams.npz')
PAGE = 16384, 8192, 2205  # nfft, wfft, nhop


@pytest.mark.parametrize('name', sorted({key.rsplit('_', 1)[0] for key in REFERENCE}))
def test_it_is_the_toolkits(name, save):
    path = save('sound.wav', REFERENCE[f'{name}_samples'])
    X, expected = audio_clustering.get_chromagram(path), REFERENCE[f'{name}_chroma']
    np.testing.assert_allclose(X, expected, rtol=0, atol=1e-6 * expected.max())


def by_definition(samples, rate, nfft, wfft, nhop):
    """The chromagram as one writes it down: every window, bin and band, in double precision."""
    chroma = np.zeros((12, len(samples) // nhop))
    padded = np.pad(samples, (0, -len(samples) % nhop))
    freqs = np.fft.rfftfreq(nfft, 1 / rate)
    for j, band in np.ndindex(chroma.shape[1], 84):
        end, center = (j + int(np.ceil(wfft / nhop))) * nhop, 62.5 * 2 ** (band / 12)
        if end <= len(padded) and center <= rate / 2:
            frame = padded[end - wfft:end] * np.sqrt(np.hanning(wfft))
            power = np.abs(np.fft.rfft(frame, nfft) / nfft) ** 2
            width = 0.5475 * max(center * (2 ** (1 / 12) - 1), rate / nfft)
            weights = np.exp(-((center - freqs) / width) ** 2 / 2)
            value = (power * weights).sum() / (2 * np.linalg.norm(weights))
            chroma[band % 12, j] += np.sqrt(value) / 7
    return chroma


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize('rate, lengths', [
    (125, PAGE), (2500, PAGE), (8000, PAGE), (192000, PAGE), (44100, (4096, 2000, 9000)),
    (44100, (4096, 4096, 4096)), (22050, (8192, 3000, 1000))])
def test_it_is_that_of_the_definition(rate, lengths, save):
    samples = np.random.default_rng(0).uniform(-1, 1, 50123)  # 19 of the page's windows: two blocks
    path = save('sound.wav', samples.astype(np.float32), rate)
    X = audio_clustering.Chromagram(path, *lengths).X
    expected = by_definition(samples, rate, *lengths)
    np.testing.assert_allclose(X, expected, rtol=0, atol=1e-6 * expected.max())


def test_a_sound_shorter_than_a_hop_is_refused(save):
    path = save('short.wav', np.zeros(8500, np.int16))
    with pytest.raises(OSError, match='8,500 samples at 44,100 Hz'):
        audio_clustering.Chromagram(path, nfft=16384, wfft=8192, nhop=9000)


def test_a_long_recording_shows_progress_on_stderr(save, capsys):
    path = save('long.wav', np.zeros(24100 * 441, np.int16), rate=8820)  # 1,205 seconds
    audio_clustering.Chromagram(path, nfft=1024, wfft=882, nhop=441)
    assert capsys.readouterr() == ('', f"'{path}': 10 minutes\n'{path}': 20 minutes\n")
