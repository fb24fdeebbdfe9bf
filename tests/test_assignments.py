"""Sounds, and segments of a recording, of known kinds end in the clusters they belong to."""
import numpy as np
import pytest
from conftest import groups, tone

CHORDS = {'high': (440, 880), 'low': (294, 370), 'note': (494,), 'noise': ()}  # Hz


@pytest.mark.parametrize('kinds, rate', [
    ('high high low low', 44100), ('high low high low', 44100), ('low high high high', 8000),
    ('noise high high noise', 96000), ('low noise note high high noise', 32000)])
def test_sounds_are_grouped_by_their_kind(kinds, rate, run, save, tmp_path):
    kinds = kinds.split()
    paths = [save(f'{i}.wav', tone(*CHORDS[kind], seconds=1.5 + 0.2 * i, rate=rate, seed=i), rate)
             for i, kind in enumerate(kinds)]
    result = run('audio_clustering', tmp_path, edit={'k = 2': f'k = {len(set(kinds))}'})
    assert result.names == paths
    assert groups(result.Y) == groups(kinds)


@pytest.mark.parametrize('k, clusters', [(2, [0, 0, 1, 1, 1]), (3, [0, 1, 2, 2, 2])])
def test_the_two_coughs_and_three_screams_that_ship(k, clusters, run):
    result = run('audio_clustering', edit={'k = 2': f'k = {k}'})
    assert groups(result.Y) == groups(clusters)


@pytest.mark.parametrize('kinds, rate', [
    ('high high low high low low', 44100), ('low note high high note', 48000)])
def test_segments_are_grouped_by_their_kind(kinds, rate, run, save):
    kinds = kinds.split()
    pieces = [tone(*CHORDS[kind], seconds=50 * 2205 / rate, rate=rate, seed=i)
              for i, kind in enumerate(kinds)]
    rest = tone(seconds=4 * 2205 / rate, rate=rate)  # 4 frames, which are no segment
    path = save('long.wav', np.concatenate([*pieces, rest]), rate)
    result = run('audio_segmentation', path, edit={'k = 2': f'k = {len(set(kinds))}'})
    assert groups(result.Y) == groups(kinds)
    assert result.chroma_data.shape == (12, 50 * len(kinds) + 4)
    for i, x in enumerate(result.X):
        strongest = result.chroma_data[:, 50 * i:50 * i + 50].argmax(axis=0)
        np.testing.assert_allclose(x, np.bincount(strongest, minlength=12) / 50)


@pytest.mark.parametrize('rate, segment_size, segment, time', [
    (44100, 50, 23, '0.0m 57.5s'), (44100, 50, 25, '1.0m 2.5s'), (44100, 20, 61, '1.0m 1.0s'),
    (16000, 50, 1, '0.0m 6.9s'), (16000, 50, 9, '1.0m 2.0s')])
def test_times_follow_the_files_rate(rate, segment_size, segment, time, run, save):
    path = save('long.wav', tone(440, seconds=70, rate=rate), rate)
    edit = {'segment_size = 50': f'segment_size = {segment_size}'}
    lines = run('audio_segmentation', path, edit=edit).out.splitlines()[2:]
    assert lines[segment].rsplit(' ', 1)[0] == time


def test_the_two_voices_that_ship(run):
    Y = run('audio_segmentation').Y
    low, high = Y[[0, 1, 7, 12, 13, 17, 18]], Y[[3, 4, 5, 8, 9, 10, 15]]  # by two_voices.txt
    assert groups([*low, *high]) == 7 * [0] + 7 * [7]


def test_segments_of_a_second_follow_the_turns_at_29_and_36_seconds(run):  # the README's "try"
    Y = run('audio_segmentation', edit={'segment_size = 50': 'segment_size = 20'}).Y
    assert len(Y) == 47
    assert Y[28] != Y[29]
    assert Y[35] != Y[36]
