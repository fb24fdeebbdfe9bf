"""k-means, as both audio scripts run it, against textbook iterations in NumPy and against SciPy."""
import contextlib
import io
import re
import types
import warnings
from unittest import mock

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from helpers import ROOT, FinalSession
from scipy.cluster.vq import kmeans2


def run_loop(script, xs, **settings):
    """The names of a script whose cells were run one after another, as in a notebook, on the rows `xs`."""
    *cells, last = re.split(r'(?m)^(?=# %%)', (ROOT / f'{script}.py').read_text(encoding='utf-8'))
    names = {'__name__': '__main__'}
    F = types.SimpleNamespace(nhop=2205, sample_rate=44100)
    with tf.Graph().as_default(), mock.patch.object(tf, 'Session', FinalSession):
        for cell in cells:
            exec(cell, names)
            if cell.startswith('# %% Settings'):
                names.update(settings)
        names['choose_files'] = names['save_picture'] = lambda *arguments: None
        names['get_dataset'] = lambda *arguments: (xs, range(len(xs)) if script == 'audio_clustering' else F)
        exec(last, names)
    return names


def lloyd(xs, k, max_iterations=100):
    """Textbook k-means from the first k rows: clusters, centroids, number of iterations."""
    centroids, clusters = xs[:k].copy(), None
    for i in range(1, max_iterations + 1):
        previous, clusters = clusters, ((xs - centroids[:, None]) ** 2).sum(2).argmin(0)
        for c in range(k):
            if (clusters == c).any():
                centroids[c] = xs[clusters == c].mean(0)
        if np.array_equal(previous, clusters):
            break
    return clusters, centroids, i


def data_sets(k, count):
    """Random data sets of all shapes, without ties; two clusters of every other one start alike."""
    rng = np.random.default_rng(k)
    for n in range(count):
        xs = rng.standard_normal((rng.integers(k + 1, 60), rng.integers(2, 13))) + rng.integers(0, 4, (1, 1))
        if n % 2 and k > 1:
            xs[1] = xs[0]
        yield xs


@pytest.mark.parametrize('script, k', [('audio_clustering', 1), ('audio_clustering', 2), ('audio_segmentation', 3),
                                       ('audio_clustering', 7)])
def test_answer_is_that_of_textbook_iterations(script, k):
    kept = 0
    for xs in data_sets(k, 20):
        with contextlib.redirect_stdout(io.StringIO()):
            names = run_loop(script, xs, k=k)
        clusters, centroids, i = lloyd(xs, k)
        np.testing.assert_array_equal(names['Y'], clusters)
        np.testing.assert_allclose(names['centroids'], centroids, atol=1e-9)
        assert names['i'] == (i if script == 'audio_clustering' else len(xs) - 1)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # SciPy mentions clusters without members
            scipy_centroids, scipy_clusters = kmeans2(xs, xs[:k], iter=100, minit='matrix')
        inertia = [((xs - c[y]) ** 2).sum() for c, y in ((centroids, clusters), (scipy_centroids, scipy_clusters))]
        assert inertia[0] == pytest.approx(inertia[1])
        kept += k > len(np.unique(lloyd(xs, k, 1)[0]))
    assert kept > 0 or k == 1  # clusters without members were among them


def test_segmentation_says_so_every_50_iterations(capsys):
    xs = np.random.default_rng(0).random((20000, 12))
    run_loop('audio_segmentation', xs, k=4)
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith('iteration')]
    assert said == [f'iteration {n}' for n in range(50, lloyd(xs, 4)[2] + 1, 50)] != []


def test_iterations_end_at_the_limit():
    xs = next(x for x in data_sets(7, 60) if lloyd(x, 7)[2] > 3)
    names = run_loop('audio_clustering', xs, k=7, max_iterations=2)
    assert names['i'] == 2
    np.testing.assert_array_equal(names['Y'], lloyd(xs, 7, 2)[0])
    np.testing.assert_allclose(names['centroids'], lloyd(xs, 7, 2)[1], atol=1e-9)
