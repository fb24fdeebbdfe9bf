"""The pictures show what a reader takes them to show: values at their labels, titles, axes."""
import types

import numpy as np
from conftest import tone

NOTES = ['B', 'C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯']


def value(axes, x, label):
    """What the image shows at x, beside a label of the y axis."""
    labels = [text.get_text() for text in axes.get_yticklabels()]
    x, y = axes.transData.transform((x, axes.get_yticks()[labels.index(label)]))
    return axes.images[0].get_cursor_data(types.SimpleNamespace(x=x, y=y))


def test_the_picture_of_a_sound(run, save, tmp_path):
    path = save('a.wav', np.concatenate([tone(440, seconds=2), tone(262, seconds=3)]))
    save('b.wav', tone())
    result = run('audio_clustering', tmp_path)
    figure, X = result.figures[f'{path}.png'], result.get_chromagram(path)
    left, right = figure.axes
    assert figure.get_suptitle() == 'a.wav'
    for frame in (0, 39, 40, 99):
        assert [value(left, frame, note) for note in NOTES] == X[:, frame].tolist()
    np.testing.assert_array_equal(left.lines[0].get_data(), [range(100), X.argmax(axis=0)])
    assert [bar.get_y() + bar.get_height() / 2 for bar in right.patches] == list(range(12))
    shares = np.bincount(X.argmax(axis=0), minlength=12) / 100
    assert [bar.get_width() for bar in right.patches] == result.X[0].tolist() == shares.tolist()
    assert (left.get_xlim(), right.get_xlim()) == ((-0.5, 99.5), (0, 1))
    assert left.get_ylim() == right.get_ylim() == (-0.5, 11.5)
    assert (left.get_xlabel()[:5], left.get_ylabel(), right.get_xlabel()[:5]) == (
        'Frame', 'Note', 'Share')
    assert left.images[0].get_interpolation() == 'nearest'


def test_the_picture_of_a_recording(run, save):
    sound = [tone(440, seconds=10, rate=22050), tone(262, seconds=6, rate=22050)]
    path = save('two.wav', np.concatenate(sound), rate=22050)  # a frame is 0.1 seconds
    result = run('audio_segmentation', path)
    figure = result.figures[f'{path}.segments.png']
    top, bottom = figure.axes
    assert figure.get_suptitle() == 'two.wav'
    for frame in (0, 99, 100, 159):
        expected = result.chroma_data[:, frame].tolist()
        assert [value(top, frame / 10 + 0.05, note) for note in NOTES] == expected
    assert result.Y.tolist() == [0, 0, 1]
    for second, cluster in {0.1: 0, 4.9: 0, 5.1: 0, 9.9: 0, 10.1: 1, 14.9: 1}.items():
        assert [value(bottom, second, label) for label in '01'] == [cluster == 0, cluster == 1]
    assert bottom.images[0].cmap(1.0)[:3] == (0, 0, 0)  # dark where its segments are
    assert top.get_xlim() == bottom.get_xlim() == (0, 16)
    assert top.get_ylim() == (-0.5, 11.5)
    assert (top.get_ylabel(), bottom.get_ylabel(), bottom.get_xlabel()) == (
        'Note', 'Cluster', 'Time (s)')
    assert top.images[0].get_interpolation() == bottom.images[0].get_interpolation() == 'nearest'


def test_the_picture_of_the_map(run):
    result = run('som')
    axes = result.figures['som.png'].axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ('y', 'x')
    for x, y in [(0, 0), (0, 1), (0, 3), (3, 0), (3, 2)]:
        assert value(axes, y, f'{x}').tolist() == result.som.centroid_grid[x][y].tolist()
