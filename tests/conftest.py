"""What the tests share: the scripts' texts, sounds, and a way to run a script in this process."""
import os
import pathlib
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

README = (ROOT / 'README.md').read_text('utf-8')
SCRIPTS = ['audio_clustering', 'audio_segmentation', 'som']
SOURCES = {script: (ROOT / f'{script}.py').read_text('utf-8') for script in SCRIPTS}


def tone(*pitches, seconds=1.0, rate=44100, seed=0):
    """16-bit samples of notes (Hz) that sound together in a little noise, or of noise alone."""
    t = np.arange(round(seconds * rate)) / rate
    notes = sum(np.sin(2 * np.pi * pitch * t) for pitch in pitches) / max(1, len(pitches))
    noise = np.random.default_rng(seed).standard_normal(len(t)) * (0.02 if pitches else 0.5)
    return np.round(6000 * (notes + noise)).astype(np.int16)


def groups(labels):
    """The position where each label first occurs: equal lists mean equal groupings."""
    return [list(labels).index(label) for label in labels]


@pytest.fixture
def save(tmp_path):
    """A function that saves a WAV file in the test's own folder, and returns its path."""
    def save(name, samples, rate=44100):
        wavfile.write(tmp_path / name, rate, samples)
        return str(tmp_path / name)
    return save


@pytest.fixture
def figures(monkeypatch):
    """The pictures under their paths: kept instead of saved, which would take long."""
    kept = {}

    def keep(figure, path):
        kept[path] = figure

    monkeypatch.setattr(Figure, 'savefig', keep)
    return kept


@pytest.fixture
def run(tmp_path_factory, monkeypatch, capsys):
    """A function that runs a script's cells as a program, from another folder.

    Keyword arguments (k=3) are set again after each cell. `ended` is the line of an early end.
    """
    def run(script, *arguments, **changes):
        monkeypatch.chdir(tmp_path_factory.mktemp('elsewhere'))
        monkeypatch.setattr(sys, 'argv', [f'{script}.py', *map(str, arguments)])
        names = {'__name__': '__main__', '__file__': str(ROOT / f'{script}.py')}
        ended = None
        try:
            with tf.Graph().as_default():
                for cell in SOURCES[script].split('# %%\n'):
                    exec(cell, names)
                    names.update(changes)
        except SystemExit as error:
            ended = str(error)
        out, err = capsys.readouterr()
        return types.SimpleNamespace(out=out, err=err.splitlines(), ended=ended, **names)
    return run
