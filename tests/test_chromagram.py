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
    np.testing.assert_allclose(names['xs'], counts / counts.sum(axis=1, keepdims=True))
    assert {pathlib.Path(name).name: cluster for cluster, name in eval(out.splitlines()[-1])} == PUBLISHED['clusters']
