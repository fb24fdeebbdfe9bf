"""k-means, as both audio scripts run it, against textbook iterations in NumPy and against SciPy."""
import ast
import warnings

import numpy as np
import pytest
from helpers import ROOT, FinalSession, load
from scipy.cluster.vq import kmeans2


def run_loop(names, xs):
    """Run the script's own k-means, cut out of its session, on `xs`: clusters, centroids, number of iterations."""
    tree = ast.parse((ROOT / f"{names['__name__']}.py").read_text(encoding='utf-8'))
    block = next(node for node in ast.walk(tree.body[-1]) if isinstance(node, ast.With)).body
    last = next(i for i, node in enumerate(block) if isinstance(node, ast.While))
    loop = compile(ast.Module(block[last - 2:last + 1], []), 'loop', 'exec')
    with FinalSession(graph=names['graph']) as sess:
        space = dict(names, sess=sess, xs=xs)
        exec(loop, space)
    return space['clusters'], space['centroid_vals'], space['i']


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
    """Random data sets of all shapes, every other one with rows that stand in it several times."""
    rng = np.random.default_rng(k)
    for n in range(count):
        xs = rng.standard_normal((rng.integers(k, 60), rng.integers(1, 13))) + rng.integers(0, 4, (1, 1))
        if n % 2:
            xs = xs[rng.integers(0, max(1, len(xs) // 3), len(xs))]
        yield xs


@pytest.mark.parametrize('script, k', [('audio_clustering', 1), ('audio_clustering', 2), ('audio_segmentation', 3),
                                       ('audio_clustering', 7)])
def test_answer_is_that_of_textbook_iterations(script, k):
    names = load(script, k=k)
    kept = 0
    for xs in data_sets(k, 60):
        clusters, centroids, i = run_loop(names, xs)
        expected = lloyd(xs, k)
        np.testing.assert_array_equal(clusters, expected[0])
        np.testing.assert_allclose(centroids, expected[1], atol=1e-9)
        assert i == expected[2]  # it stops as soon as no row changes sides
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # SciPy mentions clusters without members
            np.testing.assert_array_equal(clusters, kmeans2(xs, xs[:k], iter=100, minit='matrix')[1])
        kept += k > len(np.unique(clusters))
    assert kept > 0 or k == 1  # clusters without members were among them


def test_segmentation_says_so_every_50_iterations(capsys):
    xs = np.random.default_rng(0).random((20000, 12))
    i = run_loop(load('audio_segmentation', k=4), xs)[2]
    assert capsys.readouterr().out == ''.join(f'iteration {n}\n' for n in range(50, i + 1, 50)) != ''


def test_iterations_end_at_the_limit():
    xs = next(x for x in data_sets(7, 60) if lloyd(x, 7)[2] > 3)
    clusters, centroids, i = run_loop(load('audio_clustering', k=7, max_iterations=2), xs)
    assert i == 2
    np.testing.assert_array_equal(clusters, lloyd(xs, 7, 2)[0])
    np.testing.assert_allclose(centroids, lloyd(xs, 7, 2)[1], atol=1e-9)
