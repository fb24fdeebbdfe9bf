"""How fast the scripts are, and how much memory they take: python tests/benchmark.py.

All ratios are within one run of about five minutes, most of it for TensorFlow's imports; it takes
1.2 GB in the temporary folder. What the rows compare:

- start-up: a script on the data that ship, with its imports alone, both in fresh processes;
- an hour: audio_segmentation.py on an hour of noise, less the same process's imports;
- 40 songs: audio_clustering.py on 40 songs of 3 minutes, with itself on 4 of them;
- SOM: a step of training, with the same step in NumPy; a large map's graph, with a small one's;
- chromagram: the class on 5 minutes of noise, with SciPy's FFT of the same windows alone, and
  with librosa's chroma_stft, where that is installed;
- k-means: an iteration on 100,000 rows of 12, k = 4, with one in NumPy, with scikit-learn's where
  that is installed, and an iteration late in the run with an early one.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy.fft

ROOT = pathlib.Path(__file__).resolve().parent.parent
if sys.argv[1:] == ['som']:  # before the helpers load TensorFlow: som.py tells it how to run
    sys.path.insert(0, str(ROOT))
    import som

from helpers import C, M, S, SCRIPTS, load, write
from test_kmeans import lloyd, run_loop

CHILD = '''
import runpy, sys, time
sys.argv = sys.argv[1:]
source = open(sys.argv[0], encoding='utf-8').read()
exec(source[:source.index('tf.logging')])
print('imported', time.time(), flush=True)
if sys.argv[-1] != 'only the imports':
    runpy.run_path(sys.argv[0], run_name='__main__')
'''
SPAWN = '''
import resource, subprocess, sys, time
start = time.time()
out = subprocess.run(sys.argv[1:], stdout=-1, stderr=-3, text=True, check=True).stdout
end = time.time()
imported = next(float(line.split()[1]) for line in out.splitlines() if line.startswith('imported'))
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(imported - start, end - imported, peak * (1 if sys.platform == 'darwin' else 1024))
'''
ONLY = 'only the imports'
failed = []


def report(what, value, limit=None, unit=''):
    """Print a row of the table at once, and mark it where it falls short."""
    bold = '**' if limit is not None and value > limit else ''
    failed.extend(bold)
    limit = '–' if limit is None else f'{limit:g}{unit}'
    print(f'| {what} | {bold}{value:.2f}{unit}{bold} | {limit} |', flush=True)


def process(*arguments, runs=3):
    """A script in a fresh process: median seconds of its imports and of the rest, peak bytes."""
    results = []
    for _ in range(runs):  # by way of a small one: a child's peak begins with its parent's
        command = [sys.executable, '-c', SPAWN, sys.executable, '-c', CHILD, *map(str, arguments)]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        results.append([float(number) for number in out.split()])
    return [statistics.median(column) for column in zip(*results)]


def seconds(function, runs=5):
    """Median seconds of a call, after one that warms up."""
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def process_rows(folder):
    """Rows that are measured on whole processes."""
    shutil.copytree(ROOT / 'audio_dataset', folder / 'audio_dataset')
    os.chdir(folder)
    for script in SCRIPTS:
        shutil.copy(ROOT / f'{script}.py', folder)
        runs = [process(f'{script}.py', *only, runs=1) for _ in range(3) for only in ([], [ONLY])]
        whole, imports = (statistics.median(sum(run[:2]) for run in runs[n::2]) for n in (0, 1))
        report(f'start-up: `{script}.py` ÷ its imports', whole / imports, 1.3)

    minute = np.random.default_rng(0).integers(-9999, 9999, 60 * 44100).astype(np.int16)
    write('hour.wav', np.tile(minute, 60))
    _, rest, peak = process(f'{S}.py', 'hour.wav', runs=2)
    report('an hour: time beyond the imports', rest, 8, ' s')
    peak -= process(f'{S}.py', ONLY, runs=1)[2] + os.path.getsize('hour.wav')
    report("an hour: memory beyond the imports' and the file's", peak / 1e6, 200, ' MB')
    os.remove('hour.wav')

    each, peaks = {}, {}
    for count in (4, 40):
        os.mkdir(f'{count}')
        for n in range(count):
            write(f'{count}/{n}.wav', np.tile(np.roll(minute, n), 3))
        _, rest, peaks[count] = process(f'{C}.py', f'{count}', runs=3 if count == 4 else 1)
        each[count] = rest / count
    report('40 songs: time for each ÷ with 4 songs', each[40] / each[4], 1.1)
    report('40 songs: memory ÷ with 4 songs', peaks[40] / peaks[4], 1.1)


def som_rows():
    """Rows of the map, in a process of their own."""
    tf, maps = som.tf, {}
    for size in (4, 40):
        with tf.Graph().as_default():
            maps[size] = som.SOM(size, size, 64)
    rng = np.random.default_rng(0)
    x, nodes = rng.random(64, np.float32), rng.standard_normal((1600, 64), np.float32)
    places = np.array([[i % 40, i // 40] for i in range(1600)], np.float32)

    def step():
        best = places[((x - nodes) ** 2).sum(axis=1).argmin()]
        factor = np.exp(-((best - places) ** 2).sum(axis=1) / np.float32(2 * 20 ** 2))
        nodes[:] = nodes + (np.float32(0.5) * factor)[:, np.newaxis] * (x - nodes)

    big, feed = maps[40], {maps[40].x: x, maps[40].iter: 0}
    with tf.Session(graph=big.nodes.graph) as sess:
        sess.run(big.nodes.initializer)
        ours = seconds(lambda: sess.run(big.propagate_nodes, feed), 2000)
    report('SOM: a step, 40 × 40 × 64 ÷ NumPy', ours / seconds(step, 2000), 2.5)
    small, large = (len(maps[size].nodes.graph.get_operations()) for size in (4, 40))
    report('SOM: graph nodes, 40 × 40 ÷ 4 × 4', large / small, 1)


def function_rows(folder):
    """Rows that are measured on functions of the scripts, in this process."""
    samples = np.random.default_rng(0).integers(-9999, 9999, 300 * 44100).astype(np.int16)
    noise, y = write(folder / 'noise.wav', samples), samples / np.float32(32768)
    Chromagram = load(C)['Chromagram']
    frames = np.lib.stride_tricks.sliding_window_view(y, 8192)[628::2205]
    ours = seconds(lambda: Chromagram(noise, nfft=16384, wfft=8192, nhop=2205), 9)
    bare = seconds(lambda: [scipy.fft.rfft(frames[j:j + 16], 16384, workers=-1)
                            for j in range(0, len(frames), 16)], 9)
    report('chromagram ÷ bare `scipy.fft.rfft`, 16 frames a call', ours / bare, 2)
    try:
        import librosa
        options = dict(sr=44100, n_fft=16384, win_length=8192, hop_length=2205)
        theirs = seconds(lambda: librosa.feature.chroma_stft(y=y, **options), 3)
        report("chromagram ÷ librosa's `chroma_stft`", ours / theirs, 0.8)
    except ImportError:
        print('librosa is not installed: its row is left out', file=sys.stderr)

    rows = np.random.default_rng(0).random((100000, 12))
    n1, n10, n100 = (seconds(lambda: run_loop(C, rows, k=4, max_iterations=n), 3)
                     for n in (1, 10, 100))
    iteration = (n100 - n1) / 99
    numpys = (seconds(lambda: lloyd(rows, 4, 11), 1) - seconds(lambda: lloyd(rows, 4, 1), 1)) / 10
    report('k-means: an iteration ÷ NumPy', iteration / numpys, 1)
    report('k-means: an iteration after the 10th ÷ one before',
           (n100 - n10) / 90 / ((n10 - n1) / 9), 1.1)
    try:
        from sklearn.cluster import KMeans
        model = KMeans(n_clusters=4, init=rows[:4], n_init=1, tol=0, max_iter=100)
        theirs = seconds(lambda: model.fit(rows), 3) / model.n_iter_
        report(f"k-means: an iteration ÷ scikit-learn's ({1e3 * iteration:.1f} ms ÷ "
               f'{1e3 * theirs:.1f} ms)', iteration / theirs)
    except ImportError:
        print('scikit-learn is not installed: its row is left out', file=sys.stderr)


if __name__ == '__main__':
    if sys.argv[1:] == [M]:
        som_rows()
    else:
        print('| what | measured | limit |\n| --- | --- | --- |', flush=True)
        with tempfile.TemporaryDirectory() as temporary:
            process_rows(pathlib.Path(temporary))
            code = subprocess.call([sys.executable, __file__, M], stderr=subprocess.DEVNULL)
            failed.extend([M] * code)
            function_rows(pathlib.Path(temporary))
            os.chdir(ROOT)
    sys.exit('a limit was not kept' if failed else 0)
