"""Synthetic sounds of known kind end in the clusters they belong to, through the scripts."""
import numpy as np
import pytest
from helpers import ROOT, C, S, clusters, run, tone, write
from scipy.io import wavfile

KINDS = {'A': (440, 880), 'B': (587, 740), 'C': (), 'D': (494,)}  # two chords, noise, one note


def groups(labels):  # which positions share a label, whatever the labels are
    return {tuple(i for i, other in enumerate(labels) if other == label) for label in labels}


@pytest.mark.parametrize('rate, order', [
    (44100, 'AABB'), (44100, 'ABAB'), (44100, 'BAAB'), (8000, 'BAAA'), (96000, 'CAAC'),
    (44100, 'ABCCAB'), (22050, 'CABAC'), (48000, 'BCAAC'), (44100, 'ABCDAB'), (32000, 'DCBAAC')])
def test_sounds(rate, order, tmp_path):
    for i, kind in enumerate(order):
        sound = tone(*KINDS[kind], seconds=1.5 + 0.2 * i, rate=rate, seed=i)
        write(tmp_path / f'{i}.wav', sound, rate)
    status, out, err, names = run(C, tmp_path, k=len({*order}))
    assert (status, err, [*clusters(out)]) == (0, [], [f'{i}.wav' for i in range(len(order))])
    assert groups([*clusters(out).values()]) == groups(order)
    np.testing.assert_allclose(names['X'].sum(axis=1), 1)


@pytest.mark.parametrize('rate, order', [(44100, 'AABABB' * 5), (22050, 'ABCCA'), (48000, 'BDAAD')])
def test_segments_and_their_times(rate, order, tmp_path):
    length = 50 * 2205 / rate  # of a segment, in seconds
    sound = [tone(*KINDS[kind], seconds=length, rate=rate, seed=i) for i, kind in enumerate(order)]
    path = write(tmp_path / 'long.wav', np.concatenate(sound + [sound[0][:9999]]), rate)
    status, out, err, _ = run(S, path, k=len({*order}))
    chroma_shape, shape, *lines = out.splitlines()
    assert (status, err, shape) == (0, [], f'({len(order)}, 12)')
    assert chroma_shape == f'chroma_data (12, {50 * len(order) + 4})'
    times = [divmod(round(i * length, 1), 60) for i in range(len(order))]
    assert [line[:-2] for line in lines] == [f'{m:.1f}m {s:.1f}s' for m, s in times]
    assert groups([line[-1] for line in lines]) == groups(order)


def test_the_clips_that_ship(tmp_path, monkeypatch):
    found = clusters(run(C)[1])
    kinds = [name.split('_')[0] for name in found]
    assert groups([*found.values()]) == groups(kinds) and len(kinds) == 5
    monkeypatch.syspath_prepend(ROOT / 'audio_dataset')
    import synthesize
    monkeypatch.setattr(synthesize, 'FOLDER', str(tmp_path))
    synthesize.make_clips()
    for name in found:
        made, shipped = wavfile.read(tmp_path / name), wavfile.read(ROOT / 'audio_dataset' / name)
        assert np.abs(made[1].astype(int) - shipped[1]).max() <= 1  # NumPys round differently


def test_the_conversation_that_ships():
    found = np.array([int(line[-1]) for line in run(S)[1].splitlines()[2:]])
    starts, low = 2.5 * np.arange(len(found)), 0  # seconds of the low voice in each segment
    for turn in (ROOT / 'audio_dataset/podcast/two_voices.txt').read_text().splitlines():
        begin, end, voice = turn.split()
        spoken = np.minimum(float(end), starts + 2.5) - np.maximum(float(begin), starts)
        low = low + spoken.clip(0) * (voice == 'low')
    right = (found == found[0])[low > 2], (found != found[0])[low < 0.5]
    assert np.concatenate(right).mean() >= 0.9 and min(map(len, right)) >= 5
