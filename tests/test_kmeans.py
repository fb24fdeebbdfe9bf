"""k-means, in both audio scripts, is textbook k-means in NumPy, and ends where SciPy's does."""
import contextlib
import io
from unittest import mock

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from helpers import C, S, cells, final_session
from scipy.cluster.vq import kmeans2


def run_loop(script, rows, **settings):
    """Run a script's cells as a notebook does, with these rows as its data set: names, stdout."""
    *earlier, last = cells(script)
    names, out = {'__name__': '__main__'}, io.StringIO()
    beside = range(len(rows)) if script == C else mock.Mock(nhop=1, sample_rate=20)
    with tf.Graph().as_default(), mock.patch.object(tf, 'Session', final_session), \
            contextlib.redirect_stdout(out):
        for cell in earlier:
            exec(cell, names)
        names.update(settings, get_dataset=lambda *_: (rows, beside),
                     choose_files=lambda sess: None, save_picture=lambda *_: None)
        exec(last, names)
    return names, out.getvalue().splitlines()


def lloyd(rows, k, max_iterations=100):
    """Textbook k-means from the first k rows: clusters, centroids, number of iterations."""
    centroids, nearest = rows[:k].copy(), None
    for i in range(1, max_iterations + 1):
        previous, nearest = nearest, ((rows - centroids[:, None]) ** 2).sum(2).argmin(0)
        for c in {*nearest}:
            centroids[c] = rows[nearest == c].mean(0)
        if np.array_equal(previous, nearest):
            break
    return nearest, centroids, i


@pytest.mark.filterwarnings('ignore:One of the clusters is empty')  # SciPy mentions it
@pytest.mark.parametrize('script, k, limit', [(C, 1, 100), (C, 2, 100), (S, 3, 100), (C, 7, 100),
                                              (S, 7, 2), (C, 5, 1)])
def test_it_is_the_textbooks(script, k, limit):
    rng = np.random.default_rng(k)
    for n in range(10):  # random rows, of which none ties; but two clusters may start alike
        rows = rng.standard_normal((rng.integers(k + 1, 60), rng.integers(2, 13)))
        rows[k > 1] = rows[0] if n % 2 else rows[k > 1]
        names, out = run_loop(script, rows, k=k, max_iterations=limit)
        nearest, centroids, iterations = lloyd(rows, k, limit)
        np.testing.assert_array_equal(names['Y'], nearest)
        np.testing.assert_allclose(names['centroids'], centroids, atol=1e-9)
        assert names['i'] == (iterations if script == C else len(rows) - 1)
        theirs, labels = kmeans2(rows, rows[:k], iter=limit, minit='matrix')
        inertia = [((rows - c[y]) ** 2).sum() for c, y in ((centroids, nearest), (theirs, labels))]
        assert inertia[0] == pytest.approx(inertia[1])


def test_segmentation_prints_every_50th_iteration():
    rows = np.random.default_rng(0).random((8000, 12))
    said = [line for line in run_loop(S, rows, k=4)[1] if 'iter' in line]
    assert said == [f'iteration {n}' for n in range(50, lloyd(rows, 4)[2] + 1, 50)] != []
