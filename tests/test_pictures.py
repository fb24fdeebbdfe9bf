"""The pictures show what a reader takes them to show: values at their labels, titles, axes."""
import sys
from unittest import mock

import matplotlib.pyplot as plt
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import ROOT, SOURCES, tone

NOTES = dict(enumerate(['B', 'C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯']))


def check(axes, values, extent, labels):
    """The axes' image shows values, row 0 at y = 0, beside these labels: dark ones, or colours."""
    image = axes.images[0]
    np.testing.assert_array_equal(image.get_array(), values)
    assert tuple(image.get_extent()) == extent
    assert image.origin == ('lower' if extent[2] < extent[3] else 'upper')
    texts = [text.get_text() for text in axes.get_yticklabels()]
    assert dict(zip(axes.get_yticks(), texts)) == labels
    assert image.cmap(1.) == (0, 0, 0, 1) or np.ndim(values) == 3  # black, or a value's own colour
    assert image.get_interpolation() in ('nearest', plt.rcParams['image.interpolation'])


def test_the_picture_of_a_sound(figures, run, save, tmp_path):
    save('a.wav', tone())
    path = save('b.wav', np.concatenate([tone(440, seconds=2), tone(262, seconds=3)]))
    result = run('audio_clustering', tmp_path)
    figure, X = figures[f'{path}.png'], result.get_chromagram(path)
    left, right = figure.axes
    check(left, X, (-0.5, 99.5, -0.5, 11.5), NOTES)
    assert left.lines[0].get_ydata().tolist() == X.argmax(axis=0).tolist()
    assert [bar.get_y() + bar.get_height() / 2 for bar in right.patches] == list(range(12))
    assert [bar.get_width() for bar in right.patches] == result.X[1].tolist()
    assert (figure.get_suptitle(), left.get_xlabel()[:5], right.get_xlabel()[:5]) == (
        'b.wav', 'Frame', 'Share')


def test_the_picture_of_a_recording(figures, run, save):
    sound = [tone(440, seconds=10, rate=22050), tone(262, seconds=6, rate=22050)]
    path = save('two.wav', np.concatenate(sound), rate=22050)  # a frame is 0.1 seconds
    result = run('audio_segmentation', path)
    figure = figures[f'{path}.segments.png']
    top, bottom = figure.axes
    check(top, result.chroma_data, (0, 16, -0.5, 11.5), NOTES)
    check(bottom, [[1, 1, 0], [0, 0, 1]], (0, 15, 1.5, -0.5), {0: '0', 1: '1'})
    assert (figure.get_suptitle(), bottom.get_ylabel(), bottom.get_xlabel()) == (
        'two.wav', 'Cluster', 'Time (s)')


def test_the_picture_of_the_map(figures, run):
    grid = run('som').som.centroid_grid
    axes = figures['som.png'].axes[0]
    check(axes, grid, (-0.5, 3.5, 3.5, -0.5), {0: '0', 3: '3'})
    assert (axes.get_xlabel(), axes.get_ylabel()) == ('y', 'x')


@pytest.mark.parametrize('script', ['audio_clustering', 'audio_segmentation'])
def test_a_notebooks_cells_run_again_and_show_the_pictures(script, figures, monkeypatch):
    shown, names, code = mock.Mock(), {'__name__': '__main__'}, SOURCES[script]
    for name in ['ipykernel', 'IPython', 'IPython.display']:
        monkeypatch.setitem(sys.modules, name, shown)
    monkeypatch.setattr(sys, 'argv', ['ipykernel_launcher.py', '--f=kernel-1.json'])
    with tf.Graph().as_default():
        with pytest.raises(SystemExit):
            exec(code.replace('./audio_dataset', 'missing'), names)  # a wrong folder first
        names['__file__'] = str(ROOT / f'{script}.py')  # as in VS Code, not in Jupyter
        exec(code, names)
    assert shown.Image.call_args_list == [mock.call(filename=path) for path in figures]
    assert shown.display.call_count == len(figures)
