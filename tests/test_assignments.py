"""Sounds, and segments of a recording, of known kinds end in the clusters they belong to."""
import ast

import audio_clustering
import numpy as np
import pytest
from conftest import groups, tone

CHORDS = {'high': (440, 880), 'low': (294, 370), 'note': (494,), 'noise': ()}  # Hz


def clusters(out):
    """The cluster of each file, from the last line that audio_clustering.py prints."""
    pairs = ast.literal_eval(out.splitlines()[-1])
    return {name.rsplit('/', 1)[1]: cluster for cluster, name in pairs}


@pytest.mark.parametrize('kinds, rate', [
    ('high high low low', 44100), ('high low high low', 44100), ('low high high high', 8000),
    ('noise high high noise', 96000), ('low noise note high high noise', 32000)])
def test_sounds_are_grouped_by_their_kind(kinds, rate, run, save, tmp_path):
    kinds = kinds.split()
    for i, kind in enumerate(kinds):
        save(f'{i}.wav', tone(*CHORDS[kind], seconds=1.5 + 0.2 * i, rate=rate, seed=i), rate)
    result = run('audio_clustering', tmp_path, edit={'k = 2': f'k = {len(set(kinds))}'})
    assert list(clusters(result.out)) == [f'{i}.wav' for i in range(len(kinds))]
    assert groups(clusters(result.out).values()) == groups(kinds)


@pytest.mark.parametrize('k, expected', [(2, {(0, 1), (2, 3, 4)}), (3, {(0,), (1,), (2, 3, 4)})])
def test_the_two_coughs_and_three_screams_that_ship(k, expected, run):
    found = clusters(run('audio_clustering', edit={'k = 2': f'k = {k}'}).out)
    assert groups(found.values()) == expected  # by their names, the coughs come first


def test_a_feature_vector_counts_every_frame_once(run, save, tmp_path):
    paths = [save(f'{i}.wav', tone(seconds=2, seed=i)) for i in range(3)]
    for path, x in zip(paths, run('audio_clustering', tmp_path).X):
        strongest = audio_clustering.get_chromagram(path).argmax(axis=0)
        np.testing.assert_allclose(x, np.bincount(strongest, minlength=12) / 40)


@pytest.mark.parametrize('kinds, rate', [
    ('high high low high low low', 44100), ('low note high high note', 48000)])
def test_segments_are_grouped_by_their_kind(kinds, rate, run, save):
    kinds = kinds.split()
    pieces = [tone(*CHORDS[kind], seconds=50 * 2205 / rate, rate=rate, seed=i)
              for i, kind in enumerate(kinds)]
    path = save('long.wav', np.concatenate([*pieces, pieces[0][:9999]]), rate)
    result = run('audio_segmentation', path, edit={'k = 2': f'k = {len(set(kinds))}'})
    lines = result.out.splitlines()
    assert lines[:2] == [f'chroma_data (12, {50 * len(kinds) + 4})', f'({len(kinds)}, 12)']
    assert groups([line.split()[2] for line in lines[2:]]) == groups(kinds)


@pytest.mark.parametrize('rate, segment_size, segment, time', [
    (44100, 50, 23, '0.0m 57.5s'), (44100, 50, 25, '1.0m 2.5s'), (44100, 20, 61, '1.0m 1.0s'),
    (16000, 50, 1, '0.0m 6.9s'), (16000, 50, 9, '1.0m 2.0s')])
def test_times_follow_the_files_rate(rate, segment_size, segment, time, run, save):
    path = save('long.wav', tone(440, seconds=70, rate=rate), rate)
    edit = {'segment_size = 50': f'segment_size = {segment_size}'}
    lines = run('audio_segmentation', path, edit=edit).out.splitlines()[2:]
    assert lines[segment][:-2] == time


def test_a_segment_has_its_own_50_frames(run, save):
    result = run('audio_segmentation', save('noise.wav', tone(seconds=8.4)))
    strongest = result.chroma_data.argmax(axis=0)
    expected = [np.bincount(strongest[i:i + 50], minlength=12) / 50 for i in (0, 50, 100)]
    np.testing.assert_allclose(result.X, expected)


def test_segments_of_a_second_follow_the_turns(run):  # the README's "try"
    Y = run('audio_segmentation', edit={'segment_size = 50': 'segment_size = 20'}).Y
    assert len(Y) == 47
    assert {29, 36} <= set(np.flatnonzero(np.diff(Y)) + 1)
