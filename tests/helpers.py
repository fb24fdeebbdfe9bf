"""What several tests need: the scripts run as a reader runs them, in a fresh process or, faster, in this one."""
import contextlib
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys

os.environ['MPLBACKEND'] = 'Agg'  # no window opens, here or in a script that is run from here

import numpy as np
import tensorflow.compat.v1 as tf
from scipy.io import wavfile

ROOT = pathlib.Path(__file__).parent.parent
SCRIPTS = ['audio_clustering', 'audio_segmentation', 'som']
START_UP_NOTES = re.compile(  # TensorFlow's, which nothing stops; those of the second line only in 2.18 and 2.19
    r'(I0000 |WARNING: All log messages before absl'
    r'|[EW]0000 .*(Unable to register cu|computation placer already registered)).*\n?')


class FinalSession(tf.Session):
    """A session whose graph is closed: adding to it raises an error."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.graph.finalize()


@contextlib.contextmanager
def unprivileged():
    """Be nobody for a while, so that file permissions hold for root, too."""
    root = os.name == 'posix' and os.geteuid() == 0
    if root:
        os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        if root:
            os.setresuid(0, 0, 0)


def run(script, *arguments, user=False):
    """Run a script as the program, in this process and a graph of its own: status, stdout, stderr, its globals.

    With `user`, it runs without the rights of root, where the tests have them.
    """
    out, err, status = io.TextIOWrapper(io.BytesIO(), 'utf-8'), io.StringIO(), 0
    saved = sys.argv, tf.Session
    sys.argv, tf.Session = [str(ROOT / f'{script}.py'), *map(str, arguments)], FinalSession
    names = {'__name__': '__main__', '__file__': sys.argv[0]}
    program = compile((ROOT / f'{script}.py').read_text(encoding='utf-8'), sys.argv[0], 'exec')
    try:
        with tf.Graph().as_default(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            with unprivileged() if user else contextlib.nullcontext():
                exec(program, names)
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, (int, type(None))) else 1
        err.write('' if status != 1 else f'{stop.code}\n')
    finally:
        sys.argv, tf.Session = saved
    out.flush()
    return status or 0, out.buffer.getvalue().decode(), err.getvalue(), names


def load(script, **settings):
    """The globals of a script whose settings (k = 2 and the like) are others, with its graph built and nothing run."""
    source = (ROOT / f'{script}.py').read_text(encoding='utf-8')
    for name, value in settings.items():
        source, found = re.subn(rf'(?m)^{name} = \d+', f'{name} = {value}', source)
        assert found == 1
    names = {'__name__': script, '__file__': str(ROOT / f'{script}.py')}
    names['graph'] = tf.Graph()
    with names['graph'].as_default():
        exec(compile(source, names['__file__'], 'exec'), names)
    return names


def copy_project(folder):
    """A copy of what a reader gets, without pictures that a run has left."""
    for name in ['audio_dataset', *(f'{script}.py' for script in SCRIPTS)]:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns('*.png', '__pycache__'))
        else:
            shutil.copy(source, folder)
    return folder


def start(script, *arguments, cwd, **options):
    """Start a script in a fresh process."""
    return subprocess.Popen([sys.executable, str(script), *arguments], cwd=cwd, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, encoding='utf-8', **options)


def finish(process):
    """Its status, stdout, and stderr less TensorFlow's start-up notes."""
    out, err = process.communicate(timeout=100)
    return process.returncode, out, START_UP_NOTES.sub('', err)


def tone(*pitches, seconds=1.0, rate=44100, seed=0):
    """Notes of the given pitches (Hz) sounding together in a little noise, as 16-bit samples."""
    t = np.arange(int(seconds * rate)) / rate
    sound = sum(np.sin(2 * np.pi * pitch * t) for pitch in pitches) if pitches else 0 * t
    noise = np.random.default_rng(seed).standard_normal(len(t))
    return np.round(6000 * (sound / max(1, len(pitches)) + (0.02 if pitches else 0.5) * noise)).astype(np.int16)


def write(path, samples, rate=44100):
    """Write a WAV file, and return its path."""
    wavfile.write(path, rate, samples)
    return path
