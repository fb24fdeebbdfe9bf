"""Sounds and segments of known kinds end up in their clusters; k-means is the textbook's."""
from unittest import mock

import numpy as np
import pytest
from conftest import groups, tone

CHORDS = {'high': (440, 880), 'low': (294, 370), 'note': (494,), 'noise': ()}  # Hz
pytestmark = pytest.mark.usefixtures('figures')


@pytest.mark.parametrize('kinds, rate', [
    ('high high low low', 44100), ('low high high high', 8000),
    ('noise high high noise', 96000), ('low noise note high high noise', 32000)])
def test_sounds_are_grouped_by_their_kind(kinds, rate, run, save, tmp_path):
    kinds = kinds.split()
    paths = [save(f'{i}.wav', tone(*CHORDS[kind], seconds=1.5 + 0.2 * i, rate=rate, seed=i), rate)
             for i, kind in enumerate(kinds)]
    result = run('audio_clustering', tmp_path, k=len(set(kinds)))
    assert result.names == paths
    assert groups(result.Y) == groups(kinds)


@pytest.mark.parametrize('k, clusters', [(2, [0, 0, 1, 1, 1]), (3, [0, 1, 2, 2, 2])])
def test_the_two_coughs_and_three_screams_that_ship(k, clusters, run):
    assert groups(run('audio_clustering', k=k).Y) == groups(clusters)


@pytest.mark.parametrize('kinds, rate', [
    ('high high low high low low', 44100), ('low note high high note', 48000)])
def test_segments_are_grouped_by_their_kind(kinds, rate, run, save):
    kinds = kinds.split()
    pieces = [tone(*CHORDS[kind], seconds=50 * 2205 / rate, rate=rate, seed=i)
              for i, kind in enumerate(kinds)]
    path = save('long.wav', np.concatenate([*pieces, tone(seconds=1)]), rate)  # 1 s: too short
    result = run('audio_segmentation', path, k=len(set(kinds)))
    assert groups(result.Y) == groups(kinds)


@pytest.mark.parametrize('rate, segment_size, segment, time', [
    (44100, 50, 25, '1.0m 2.5s'), (16000, 50, 1, '0.0m 6.9s'),
    (48000, 653, 2, '1.0m 0.0s')])  # at 59.994 s, not '0.0m 60.0s'
def test_times_follow_the_files_rate(rate, segment_size, segment, time, run, save):
    path = save('long.wav', tone(440, seconds=91, rate=rate), rate)
    lines = run('audio_segmentation', path, segment_size=segment_size).out.splitlines()
    assert lines[2 + segment].rsplit(' ', 1)[0] == time  # after two lines of shapes


def test_the_two_voices_that_ship(run):
    Y = run('audio_segmentation').Y
    low, high = Y[[0, 1, 7, 12, 13, 17, 18]], Y[[3, 4, 5, 8, 9, 10, 15]]  # by two_voices.txt
    assert groups([*low, *high]) == 7 * [0] + 7 * [7]
    Y = run('audio_segmentation', segment_size=20).Y  # 1 s each, as in the README
    assert (len(Y), Y[28] != Y[29], Y[35] != Y[36]) == (47, True, True)  # changes at 29 and 36 s


def textbook(rows, k, max_iterations):
    """The clusters of k-means that starts from the first k rows."""
    centroids, nearest = rows[:k].copy(), None
    for _ in range(max_iterations):
        previous = nearest
        nearest = ((rows - centroids[:, np.newaxis]) ** 2).sum(axis=2).argmin(axis=0)
        for cluster in set(nearest):  # an empty one keeps its centroid
            centroids[cluster] = rows[nearest == cluster].mean(axis=0)
        if np.array_equal(previous, nearest):
            break
    return nearest.tolist()


@pytest.mark.parametrize('script', ['audio_clustering', 'audio_segmentation'])
@pytest.mark.parametrize('k, max_iterations, alike', [
    (1, 100, []), (2, 100, []), (5, 100, []), (5, 2, []), (5, 1, []), (3, 100, [1])])
def test_k_means_is_the_textbooks(script, k, max_iterations, alike, run):
    # It would be too early to stop at small moves, or when the sizes of 2 or 5 clusters repeat.
    rows = 100 + 1e-4 * np.random.default_rng(0).standard_normal((60, 12))
    rows[alike] = rows[0]  # cluster 1 begins like cluster 0, so it is empty at first

    def get_dataset(sess, audio_file=None):
        sess.graph.finalize()  # the iterations add nothing to the graph
        return rows, range(60)

    picture = mock.Mock()
    result = run(script, k=k, max_iterations=max_iterations, get_dataset=get_dataset,
                 save_picture=picture)
    clusters = textbook(rows, k, max_iterations)
    if script == 'audio_clustering':
        assert result.out == f'{list(zip(clusters, range(60)))}\n'
    else:  # a line for each row, after the shape
        assert [int(line.split()[2]) for line in result.out.splitlines()[1:]] == clusters
        assert picture.call_args.args[3].tolist() == clusters
