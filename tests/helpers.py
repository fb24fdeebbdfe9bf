"""What several test files need: sounds, and the scripts run as a program within this process."""
import ast
import io
import os
import pathlib
import re
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest import mock

os.environ['MPLBACKEND'] = 'Agg'  # no window opens, here or in a script that is run from here

import matplotlib.pyplot as plt
import numpy as np
import tensorflow.compat.v1 as tf
from scipy.io import wavfile

ROOT = pathlib.Path(__file__).parent.parent
C, S, M = SCRIPTS = 'audio_clustering', 'audio_segmentation', 'som'
NOT_COPIED = shutil.ignore_patterns('.*', '*.png', '*env*', 'tests', 'book*')  # for copytree(ROOT)


def final_session(*arguments, session=tf.Session, **options):  # to add to its graph is an error
    sess = session(*arguments, **options)
    sess.graph.finalize()
    return sess


def source(script, **settings):
    """The text of a script with other settings, like `k=3` or `nhop=9000`."""
    text = (ROOT / f'{script}.py').read_text(encoding='utf-8')
    for name, value in settings.items():
        text, found = re.subn(rf'\b{name}( ?= ?)\d+', rf'{name}\g<1>{value}', text, count=1)
        assert found
    return text


def cells(script):
    return re.split(r'(?m)^(?=# %%)', source(script))


def load(script):  # the names that importing the script defines, in a graph of their own
    names = {'__name__': script, '__file__': str(ROOT / f'{script}.py')}
    with tf.Graph().as_default():
        exec(compile(source(script), names['__file__'], 'exec'), names)
    return names


def run(script, *arguments, pictures=False, **settings):
    """Run a script as the program: status, stdout, the lines on stderr, the names it leaves."""
    plt.close('all')
    save = plt.Figure.savefig if pictures else mock.DEFAULT  # most of a run's time
    out, err, status = io.StringIO(), io.StringIO(), 0
    argv = [str(ROOT / f'{script}.py'), *map(str, arguments)]
    names = {'__name__': '__main__', '__file__': argv[0]}
    with mock.patch.object(sys, 'argv', argv), mock.patch.object(tf, 'Session', final_session), \
            mock.patch.object(plt.Figure, 'savefig', save), redirect_stdout(out), \
            redirect_stderr(err), tf.Graph().as_default():
        try:
            exec(compile(source(script, **settings), argv[0], 'exec'), names)
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else print(stop.code, file=err) or 1
    return status, out.getvalue(), err.getvalue().splitlines(), names


def clusters(out):
    """The cluster of each file, by its name, from the last line that audio_clustering.py prints."""
    return {name.rsplit('/', 1)[1]: n for n, name in ast.literal_eval(out.splitlines()[-1])}


def tone(*pitches, seconds=1.0, rate=44100, seed=0):
    """16-bit samples of notes (Hz) that sound together in a little noise, or of noise alone."""
    t = np.arange(int(seconds * rate)) / rate
    notes = sum(np.sin(2 * np.pi * pitch * t) for pitch in pitches) / max(1, len(pitches))
    noise = np.random.default_rng(seed).standard_normal(len(t)) * (0.02 if pitches else 0.5)
    return np.round(6000 * (notes + noise)).astype(np.int16)


def write(path, samples, rate=44100):
    wavfile.write(path, rate, samples)
    return path
