"""What the tests share: sounds, and a way to run a script as a program within this process."""
import os
import pathlib
import runpy
import sys
import types

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ['MPLBACKEND'] = 'Agg'  # no window opens

import audio_clustering  # before TensorFlow, whose log it silences
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from matplotlib.figure import Figure
from scipy.io import wavfile


def tone(*pitches, seconds=1.0, rate=44100, seed=0):
    """16-bit samples of notes (Hz) that sound together in a little noise, or of noise alone."""
    t = np.arange(round(seconds * rate)) / rate
    notes = sum(np.sin(2 * np.pi * pitch * t) for pitch in pitches) / max(1, len(pitches))
    noise = np.random.default_rng(seed).standard_normal(len(t)) * (0.02 if pitches else 0.5)
    return np.round(6000 * (notes + noise)).astype(np.int16)


def groups(labels):
    """Where each label first occurs, so that only matters which positions share a label."""
    return [list(labels).index(label) for label in labels]


@pytest.fixture
def save(tmp_path):
    """A function that saves a WAV file in the test's own folder, and returns its path."""
    def save(name, samples, rate=44100):
        wavfile.write(tmp_path / name, rate, samples)
        return str(tmp_path / name)
    return save


@pytest.fixture
def run(tmp_path_factory, monkeypatch, capsys):
    """A function that runs a script as a program, after `edit` has changed pieces of its text.

    Its pictures are kept by their paths (`figures`), and saved only where a test asks for it.
    """
    def run(script, *arguments, edit={}, save_pictures=False):
        def keep(figure, path):
            figures[path] = figure
        text, names, figures, exit = (ROOT / f'{script}.py').read_text('utf-8'), {}, {}, None
        if script != 'som':  # a running session of the audio scripts adds nothing to its graph
            edit = {'as sess:\n': 'as sess:\n        sess.graph.finalize()\n', **edit}
        for old, new in edit.items():
            assert text.count(old) == 1
            text = text.replace(old, new)
        path = tmp_path_factory.mktemp('run') / f'{script}.py'
        path.write_text(text, 'utf-8')
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, 'argv', [str(path), *map(str, arguments)])
        if not save_pictures:
            monkeypatch.setattr(Figure, 'savefig', keep)
        try:
            with tf.Graph().as_default():
                names = runpy.run_path(str(path), run_name='__main__')
        except SystemExit as error:
            exit = str(error)
        out, err = capsys.readouterr()
        return types.SimpleNamespace(
            out=out, err=err.splitlines(), exit=exit, figures=figures, **names)
    return run
