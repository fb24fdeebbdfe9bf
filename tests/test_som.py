"""The self-organizing map follows the page's rule, and lays similar colours side by side."""
import numpy as np
import pytest
import som
import tensorflow.compat.v1 as tf


@pytest.fixture(autouse=True)
def graph():
    """A new default graph for each test."""
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.mark.parametrize('width, height, dim', [(4, 4, 3), (3, 5, 3), (6, 2, 4), (1, 1, 1)])
def test_training_follows_the_rule(width, height, dim, graph):
    data = np.random.default_rng(dim).random((8, dim))
    trained = som.SOM(width, height, dim)
    with tf.Session() as sess:
        sess.run(trained.nodes.initializer)
        expected = sess.run(trained.nodes)  # the seed gives the same start again
    places = np.array([[x, y] for y in range(height) for x in range(width)], float)
    for i in range(100):
        for row in data:
            best = places[((expected - row) ** 2).sum(axis=1).argmin()]
            sigma = (1 - i / 100) * max(width, height) / 2
            factor = np.exp(-((places - best) ** 2).sum(axis=1) / (2 * sigma ** 2))
            expected = expected + 0.5 * (1 - i / 100) * factor[:, np.newaxis] * (row - expected)
    operations = len(graph.get_operations())
    trained.train(data)
    assert len(graph.get_operations()) == operations + 1  # the page's initializer
    grid = np.swapaxes(trained.centroid_grid, 0, 1)  # a node's x runs fastest
    np.testing.assert_allclose(grid.reshape(-1, dim), expected, atol=1e-4)


@pytest.mark.parametrize('size, corners', [(4, 'blue green red yellow'),
                                           (20, 'red blue yellow green')])  # the README's "try"
def test_each_colour_lies_in_a_corner(size, corners, graph):
    trained = som.SOM(size, size, 3)
    trained.train(som.colors)
    grid = np.array(trained.centroid_grid)
    colors = {'blue': (0, 0, 1), 'green': (0, 1, 0), 'red': (1, 0, 0), 'yellow': (1, 1, 0)}
    np.testing.assert_allclose(grid[::size - 1, ::size - 1].reshape(4, 3),
                               [colors[name] for name in corners.split()], atol=0.05)
    assert len(graph.get_operations()) < 200  # however many nodes the map has


@pytest.mark.parametrize('number', [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_refused(number):
    with pytest.raises(ValueError, match='NaN or infinity'):
        som.SOM(2, 2, 3).train([[0, 1, 0], [0, 0, number]])
