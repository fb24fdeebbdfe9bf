"""k-means, in both audio scripts, is textbook k-means."""
import numpy as np
import pytest


def textbook(rows, k, max_iterations):
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


@pytest.mark.parametrize('script', ['audio_clustering', 'audio_segmentation'])
@pytest.mark.parametrize('k, max_iterations, alike', [
    (1, 100, []), (3, 100, []), (5, 100, []), (5, 2, []), (4, 1, []), (3, 1, [1]), (3, 100, [1])])
def test_it_is_the_textbooks(script, k, max_iterations, alike, run):
    rows = np.random.default_rng(k).standard_normal((60, 12))
    rows[alike] = rows[0]  # if cluster 1 begins like cluster 0, no row joins it
    result = run(script, edit={
        'k = 2': f'k = {k}', 'max_iterations = 100': f'max_iterations = {max_iterations}',
        'rows = tf.placeholder': f"""get_dataset = lambda *_: (np.array({rows.tolist()}), range(60))
rows = tf.placeholder"""})
    nearest, centroids, iterations = textbook(rows, k, max_iterations)
    np.testing.assert_allclose(result.centroids, centroids, atol=1e-9)
    if script == 'audio_clustering':
        assert result.out == f'{list(zip(nearest.tolist(), range(60)))}\n'
        assert result.i == iterations
    else:  # a line for each row, after the shape
        lines = result.out.splitlines()[1:]
        assert [int(line.split()[2]) for line in lines] == nearest.tolist()
