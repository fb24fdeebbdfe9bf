"""The self-organizing map against the same rule in NumPy."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from helpers import FinalSession, load

NAMES = load('som')
COLORS = NAMES['colors']


def build(*size):
    """A map in a graph of its own that training must leave as it is."""
    with tf.Graph().as_default() as graph:
        return NAMES['SOM'](*size), graph


def in_numpy(nodes, width, height, rows):
    """Nodes (width * height x dim) after `rows`, (iteration, x) pairs, by the page's rule for 100 iterations."""
    places = np.array([[x, y] for y in range(height) for x in range(width)], float)
    for i, x in rows:
        rate = 1 - i / 100
        best = places[((nodes - x) ** 2).sum(1).argmin()]
        factor = np.exp(-((places - best) ** 2).sum(1) / (2 * (rate * max(width, height) / 2) ** 2))
        nodes = nodes + 0.5 * rate * factor[:, None] * (x - nodes)
    return nodes


@pytest.mark.parametrize('width, height, dim', [(4, 4, 3), (3, 5, 3), (6, 2, 4), (1, 1, 1), (1, 7, 2)])
def test_one_step_and_all_of_training_end_where_numpy_ends(width, height, dim, monkeypatch):
    monkeypatch.setattr(tf, 'Session', FinalSession)
    som, graph = build(width, height, dim)
    data = COLORS if dim == 3 else np.random.default_rng(dim).random((8, dim))
    with tf.Session(graph=graph) as sess:
        sess.run(som.nodes.initializer)
        first = sess.run(som.nodes)
        sess.run(som.propagate_nodes, feed_dict={som.x: data[3], som.iter: 40})
        np.testing.assert_allclose(sess.run(som.nodes), in_numpy(first, width, height, [(40, data[3])]), atol=1e-5)
    som.train(data)  # in the graph of its own variable
    expected = in_numpy(first, width, height, [(i, x) for i in range(som.num_iters) for x in data])
    np.testing.assert_allclose(som.nodes_val, expected, atol=1e-4)
    assert len(som.centroid_grid) == width
    for x in range(width):
        for y in range(height):
            assert tuple(som.locs_val[y * width + x]) == (x, y)
            np.testing.assert_array_equal(som.centroid_grid[x][y], som.nodes_val[y * width + x])


def test_neighbours_on_the_map_of_colours_are_alike():
    som, _ = build(4, 4, 3)
    som.train(COLORS)
    places = [np.array(som.locs_val[np.linalg.norm(som.nodes_val - color, axis=1).argmin()]) for color in COLORS]
    for group in (slice(0, 3), slice(3, 6), slice(6, 9)):  # the shades of a colour lie within a step of each other
        assert np.ptp(places[group], axis=0).max() <= 1
    yellow, blue, green, red = places[9], places[0], places[3], places[6]
    assert max(np.abs(yellow - green).sum(), np.abs(yellow - red).sum()) < np.abs(yellow - blue).sum()


def test_number_of_graph_nodes_does_not_depend_on_the_size():
    assert len(build(4, 4, 3)[1].get_operations()) == len(build(40, 40, 64)[1].get_operations())


@pytest.mark.parametrize('size', [(0, 4, 3), (4, -1, 3), (4, 4, 0), (4.0, 4, 3), ('4', 4, 3), (4, None, 3)])
def test_sizes_that_are_no_whole_number_from_1_are_refused(size):
    bad = next(number for number in size if not isinstance(number, int) or number < 1)
    with pytest.raises(ValueError, match=rf'whole numbers of at least 1, not {bad!r}'):
        build(*size)


@pytest.mark.parametrize('data, came', [([], r'\(0,\)'), (np.zeros((0, 3)), r'\(0, 3\)'), ([1, 2, 3], r'\(3,\)'),
                                        ([[1, 2]], r'\(1, 2\)'), ([[1, 2, np.nan]], '1 that are not'),
                                        ([[1, 2, np.inf], [-np.inf, 0, 0]], '2 that are not'), ([[1, 2, 1e20]], '1 that are not')])
def test_data_that_cannot_be_trained_on_are_refused(data, came):
    som, _ = build(2, 2, 3)
    with pytest.raises(ValueError, match=f'rows of 3 numbers between -1e15 and 1e15, got .*{came}'):
        som.train(data)
