"""The self-organizing map is that of the same rule in NumPy, and orders the colours."""
from unittest import mock

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from helpers import M, final_session, load

SOM, COLORS = map(load(M).get, ('SOM', 'colors'))


def build(*size):
    with tf.Graph().as_default() as graph:
        return SOM(*size), len(graph.get_operations())


@pytest.mark.parametrize('width, height, dim', [(4, 4, 3), (3, 5, 3), (6, 2, 4), (1, 1, 1)])
def test_training_follows_the_rule(width, height, dim):
    som, graph_nodes = build(width, height, dim)
    assert graph_nodes == build(40, 40, 64)[1]
    data = COLORS if dim == 3 else np.random.default_rng(dim).random((8, dim))
    with tf.Session(graph=som.nodes.graph) as sess:
        sess.run(som.nodes.initializer)
        expected = sess.run(som.nodes)
    places = np.array([[x, y] for y in range(height) for x in range(width)], float)
    for i, x in ((i, x) for i in range(100) for x in data):
        best = places[((expected - x) ** 2).sum(1).argmin()]
        sigma = (1 - i / 100) * max(width, height) / 2
        factor = np.exp(-((places - best) ** 2).sum(1) / (2 * sigma ** 2))
        expected = expected + 0.5 * (1 - i / 100) * factor[:, None] * (x - expected)
    with mock.patch.object(tf, 'Session', final_session):
        som.train(data)
    np.testing.assert_allclose(som.nodes_val, expected, atol=1e-4)
    np.testing.assert_array_equal(som.locs_val, places)
    grid = np.reshape(som.nodes_val, (height, width, dim)).transpose(1, 0, 2)
    np.testing.assert_array_equal(som.centroid_grid, grid)


def test_similar_colours_are_neighbours():
    som, _ = build(4, 4, 3)
    som.train(COLORS)
    place = [som.locs_val[np.linalg.norm(som.nodes_val - c, axis=1).argmin()] for c in COLORS]
    for shades in (place[0:3], place[3:6], place[6:9]):  # blues, greens, reds
        assert np.ptp(shades, axis=0).max() <= 1
    to_blue, to_green, to_red = (np.abs(place[9] - place[i]).sum() for i in (0, 3, 6))  # yellow
    assert max(to_green, to_red) < to_blue


@pytest.mark.parametrize('size, data, says', [
    ((0, 4, 3), [], 'not 0'), ((4, -1, 3), [], 'not -1'), ((4, 4, 0), [], 'not 0'),
    ((4.0, 4, 3), [], 'not 4.0'), (('4', 4, 3), [], "not '4'"), ((4, None, 3), [], 'not None'),
    ((2, 2, 3), [], r'\(0,\)'), ((2, 2, 3), np.zeros((0, 3)), r'\(0, 3\)'),
    ((2, 2, 3), [1, 2, 3], r'\(3,\)'), ((2, 2, 3), [[1, 2]], r'\(1, 2\)'),
    ((2, 2, 3), [[1, 2, np.nan]], 'with 1'), ((2, 2, 3), [[1, 2, np.inf], 3 * [-np.inf]], 'with 4'),
    ((2, 2, 3), [[1, 2, 1e20]], 'between -1e15 and 1e15')])
def test_what_cannot_work_is_refused(size, data, says):
    with pytest.raises(ValueError, match=says):
        build(*size)[0].train(data)
