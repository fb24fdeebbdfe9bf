"""The self-organizing map follows the page's rule, and each hue ends up in a corner."""
import numpy as np
import pytest
import som
import tensorflow.compat.v1 as tf

BLUE, GREEN, RED, YELLOW = som.colors[[0, 3, 6, 9]]


class Table(dict):
    """Like a pandas DataFrame, an array of rows that iterates over its columns."""

    def __array__(self, dtype=None, copy=None):
        return np.array(list(self.values()), dtype).T


@pytest.mark.parametrize('width, height, dim', [(4, 4, 3), (3, 5, 3), (6, 2, 4), (1, 1, 1)])
def test_training_follows_the_rule(width, height, dim):
    data = np.random.default_rng(dim).random((8, dim))
    with tf.Graph().as_default():
        trained = som.SOM(width, height, dim)
        with tf.Session() as sess:
            sess.run(trained.nodes.initializer)
            expected = sess.run(trained.nodes)  # the seed gives the same start again
        trained.train(Table(enumerate(data.T)))
    places = np.array([[x, y] for y in range(height) for x in range(width)], float)
    for i in range(100):
        for row in data:
            best = places[((expected - row) ** 2).sum(axis=1).argmin()]
            sigma = (1 - i / 100) * max(width, height) / 2
            factor = np.exp(-((places - best) ** 2).sum(axis=1) / (2 * sigma ** 2))
            expected = expected + 0.5 * (1 - i / 100) * factor[:, np.newaxis] * (row - expected)
    grid = np.swapaxes(trained.centroid_grid, 0, 1)  # a node's x runs fastest
    np.testing.assert_allclose(grid.reshape(-1, dim), expected, atol=1e-4)


@pytest.mark.parametrize('size, corners', [(4, [BLUE, GREEN, RED, YELLOW]),
                                           (20, [RED, BLUE, YELLOW, GREEN])])  # the README's "try"
def test_each_colour_lies_in_a_corner(size, corners):
    with tf.Graph().as_default() as graph:
        trained = som.SOM(size, size, 3)
        trained.train(som.colors)
    grid = np.array(trained.centroid_grid)
    np.testing.assert_allclose(grid[[0, 0, -1, -1], [0, -1, 0, -1]], corners, atol=0.05)
    assert len(graph.get_operations()) < 200  # however large the map, and long the training


@pytest.mark.filterwarnings('ignore:overflow')
@pytest.mark.parametrize('number', [np.nan, -np.inf, 1e39])  # the last is too large for float32
def test_numbers_that_the_map_cannot_hold_are_refused(number):
    with pytest.raises(ValueError, match='infs or NaNs'):
        som.som.train([[0, 1, 0], [0, 0, number]])
