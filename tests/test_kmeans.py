"""k-means, in both audio scripts, is textbook k-means."""
import numpy as np
import pytest

SCRIPTS = {'audio_clustering': 'range(60)', 'audio_segmentation': 'np.zeros((12, 9))'}


@pytest.fixture
def run_on(run, tmp_path):
    """A function that runs a script with these rows as its data set."""
    def run_on(script, rows, k, max_iterations=100):
        np.save(tmp_path / 'rows.npy', rows)
        given = f"get_dataset = lambda *_: (np.load('{tmp_path}/rows.npy'), {SCRIPTS[script]})\n"
        return run(script, edit={
            'k = 2': f'k = {k}', 'max_iterations = 100': f'max_iterations = {max_iterations}',
            'rows = tf.placeholder': given + 'rows = tf.placeholder'})
    return run_on


def textbook(rows, k, max_iterations=100):
    """k-means from the first k rows: clusters, centroids, number of iterations."""
    centroids, nearest = rows[:k].copy(), None
    for i in range(1, max_iterations + 1):
        previous = nearest
        nearest = ((rows - centroids[:, np.newaxis]) ** 2).sum(axis=2).argmin(axis=0)
        for cluster in set(nearest):  # an empty one keeps its centroid
            centroids[cluster] = rows[nearest == cluster].mean(axis=0)
        if np.array_equal(previous, nearest):
            break
    return nearest, centroids, i


@pytest.mark.parametrize('script', SCRIPTS)
@pytest.mark.parametrize('k, max_iterations, alike', [
    (1, 100, 0), (3, 100, 0), (5, 100, 0), (5, 2, 0), (4, 1, 0), (3, 1, 1), (3, 100, 1)])
def test_it_is_the_textbooks(script, k, max_iterations, alike, run_on):
    rows = np.random.default_rng(k).standard_normal((60, 12))
    rows[alike] = rows[0]  # cluster 1 stays empty if it begins like cluster 0
    result = run_on(script, rows, k, max_iterations)
    nearest, centroids, iterations = textbook(rows, k, max_iterations)
    np.testing.assert_allclose(result.centroids, centroids, atol=1e-9)
    if script == 'audio_clustering':
        assert result.out == f'{list(zip(nearest.tolist(), range(60)))}\n'
        assert result.i == iterations
    else:
        lines = result.out.splitlines()[1:]
        assert [int(line.split()[2]) for line in lines] == nearest.tolist()


def test_segmentation_prints_every_50th_iteration(run_on):
    rows = np.random.default_rng(0).random((8000, 12))
    assert 50 <= textbook(rows, 4)[2] < 100
    out = run_on('audio_segmentation', rows, 4).out
    assert [line for line in out.splitlines() if 'iteration' in line] == ['iteration 50']
