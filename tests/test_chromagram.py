"""The chromagram is BregmanToolkit's, for any WAV file; an unusable one is named in one line."""
import os

import audio_clustering
import numpy as np
import pytest
from conftest import ROOT, tone

REFERENCE = np.load(ROOT / 'tests' / 'bregman_chromagrams.npz')
CHORD = tone(440, 1760, seconds=0.5)  # 22,050 samples


@pytest.mark.parametrize('name', sorted({key.rsplit('_', 1)[0] for key in REFERENCE}))
def test_it_is_the_toolkits(name, save):
    X = audio_clustering.get_chromagram(save('sound.wav', REFERENCE[f'{name}_samples']))
    expected = REFERENCE[f'{name}_chroma']
    np.testing.assert_allclose(X, expected, rtol=0, atol=1e-6 * expected.max())


@pytest.mark.parametrize('rate', [8000, 16000, 48000, 192000])
def test_every_note_is_found_at_any_rate(rate, save):
    for note in range(12):  # four octaves above the lowest ones: 16 x 62.5 Hz is 1000 Hz
        path = save('note.wav', tone(1000 * 2 ** (note / 12), seconds=1.5, rate=rate), rate)
        strongest = audio_clustering.get_chromagram(path).argmax(axis=0)
        assert set(strongest[:-3]) == {note}  # the last three may be without a window


def test_it_is_the_same_in_other_formats(save):
    tolerances = {
        save('32 bit.wav', CHORD * np.int32(65536)): 1e-6,
        save('floats.wav', (CHORD / 32768).astype(np.float32)): 1e-6,
        save('8 bit.wav', (CHORD // 256 + 128).astype(np.uint8)): 0.02}
    expected = audio_clustering.get_chromagram(save('16 bit.wav', CHORD))
    for path, tolerance in tolerances.items():
        X = audio_clustering.get_chromagram(path)
        np.testing.assert_allclose(X, expected, rtol=0, atol=tolerance * expected.max())


@pytest.mark.filterwarnings('error')  # a reader should see no warning of SciPy's
def test_a_file_that_cannot_be_used_is_named_in_one_line(figures, run, save, tmp_path):
    (tmp_path / 'folder.wav').mkdir()
    (tmp_path / 'text.wav').write_text('These are not samples, and there is no header.')
    reasons = {
        save('NaN.wav', np.full(9999, np.nan)): 'NaN, infinity or too large',
        str(tmp_path / 'folder.wav'): 'not a file',
        save('rate.wav', CHORD, rate=124): '22,050 samples at 124 Hz',
        save('short.wav', CHORD[:8191]): '8,191 samples at 44,100 Hz',
        str(tmp_path / 'text.wav'): 'SciPy cannot read it (File format'}
    usable = [save('z 1.WAV', CHORD), save('z cut off.wav', CHORD)]
    os.truncate(usable[1], 30000)  # bytes, of 44,144
    result = run('audio_clustering', tmp_path)
    lines = [run('audio_segmentation', path).ended for path in reasons]
    assert (result.names, result.err) == (usable, [f'Skipping {line}' for line in lines])
    for line, (path, reason) in zip(lines, reasons.items()):
        assert line.startswith(f'{path!r}: {reason}')
