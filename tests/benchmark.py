"""How fast the scripts are, and how much memory they take, as ratios within one run: python tests/benchmark.py.

Takes four to five minutes, most of it for TensorFlow's imports, and 1.2 GB in the temporary folder. The row for librosa
appears where librosa is installed.
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
from scipy.io import wavfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

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
out = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
end = time.time()
imported = next(float(line.split()[1]) for line in out.splitlines() if line.startswith('imported'))
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == 'darwin' else 1024)
print(imported - start, end - imported, peak)
'''
rows = []


def report(what, value, limit, unit=''):
    """Print a row of the table at once, and mark it where it falls short."""
    rows.append(value <= limit)
    print(f"| {what} | {value:.2f}{unit} | ≤ {limit:g}{unit} | {'yes' if rows[-1] else '**no**'} |", flush=True)


def process(*arguments, runs=3):
    """A script in a process of its own: median seconds of its imports and of the rest, and peak resident bytes."""
    results = []
    for _ in range(runs):  # by way of a small process, since a child's peak begins with its parent's size
        command = [sys.executable, '-c', SPAWN, sys.executable, '-c', CHILD, *map(str, arguments)]
        out = subprocess.run(command, capture_output=True, text=True, check=True)
        results.append([float(number) for number in out.stdout.split()])
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
    rng = np.random.default_rng(0)
    shutil.copytree(ROOT / 'audio_dataset', folder / 'audio_dataset', ignore=shutil.ignore_patterns('*.png'))
    os.chdir(folder)
    for script in ['audio_clustering', 'audio_segmentation', 'som']:
        shutil.copy(ROOT / f'{script}.py', folder)
        both = [process(f'{script}.py', *only, runs=1) for _ in range(3) for only in ([], ['only the imports'])]
        whole, imports = (statistics.median(sum(run[:2]) for run in both[which::2]) for which in (0, 1))
        report(f'start-up: `{script}.py` on the shipped data ÷ its imports', whole / imports, 1.3)

    minute = rng.integers(-9999, 9999, 60 * 44100).astype(np.int16)
    wavfile.write('hour.wav', 44100, np.tile(minute, 60))
    _, rest, peak = process('audio_segmentation.py', 'hour.wav', runs=2)
    report('an hour: time beyond the imports', rest, 8, ' s')
    peak -= process('audio_segmentation.py', 'only the imports', runs=1)[2] + os.path.getsize('hour.wav')
    report("an hour: peak memory beyond the imports' and the file's size", peak / 1e6, 200, ' MB')
    os.remove('hour.wav')

    each, peaks = {}, {}
    for count in (4, 40):
        os.mkdir(f'{count}')
        for n in range(count):
            wavfile.write(f'{count}/{n}.wav', 44100, np.tile(np.roll(minute, n), 3))
        _, rest, peaks[count] = process('audio_clustering.py', f'{count}', runs=3 if count == 4 else 1)
        each[count] = rest / count
    report('40 songs of 3 minutes: time for each beyond the imports ÷ with 4', each[40] / each[4], 1.1)
    report('40 songs of 3 minutes: peak memory ÷ with 4', peaks[40] / peaks[4], 1.1)


def som_rows():
    """Rows of the map: in a process of their own, since `som.py` tells TensorFlow how to run before it is imported."""
    sys.path.insert(0, str(ROOT))
    import som
    tf = som.tf
    graphs, maps = {4: tf.Graph(), 40: tf.Graph()}, {}
    for size, graph in graphs.items():
        with graph.as_default():
            maps[size] = som.SOM(size, size, 64)
    rng = np.random.default_rng(0)
    x, nodes = rng.random(64, np.float32), rng.standard_normal((1600, 64), np.float32)
    places = np.array([[i % 40, i // 40] for i in range(1600)], np.float32)

    def step():
        best = places[((x - nodes) ** 2).sum(axis=1).argmin()]
        factor = np.exp(-((best - places) ** 2).sum(axis=1) / np.float32(2 * 20 ** 2))
        nodes[:] = nodes + (np.float32(0.5) * factor)[:, np.newaxis] * (x - nodes)

    big = maps[40]
    with tf.Session(graph=graphs[40]) as sess:
        sess.run(big.nodes.initializer)
        ours = seconds(lambda: sess.run(big.propagate_nodes, {big.x: x, big.iter: 0}), 2000)
    report('SOM step, 40 × 40 × 64 ÷ NumPy, both in single precision', ours / seconds(step, 2000), 2.5)
    nodes_of = [len(graph.get_operations()) for graph in graphs.values()]
    report('SOM graph nodes, 40 × 40 ÷ 4 × 4', nodes_of[1] / nodes_of[0], 1)


def function_rows(folder):
    """Rows that are measured on functions of the scripts, in this process."""
    from helpers import load, write
    from test_kmeans import lloyd, run_loop

    rng = np.random.default_rng(0)
    samples = rng.integers(-9999, 9999, 300 * 44100).astype(np.int16)
    noise = str(write(folder / 'noise.wav', samples))
    Chromagram = load('audio_clustering')['Chromagram']
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float32) / 32768, 8192)[628::2205]
    ours = seconds(lambda: Chromagram(noise, nfft=16384, wfft=8192, nhop=2205), 9)
    bare = seconds(lambda: [scipy.fft.rfft(frames[j:j + 16], 16384, workers=-1) for j in range(0, len(frames), 16)], 9)
    report('chromagram of 5 minutes of noise ÷ bare `scipy.fft.rfft`, 16 frames a call', ours / bare, 2)
    try:
        import librosa
        y = samples / np.float32(32768)
        theirs = seconds(lambda: librosa.feature.chroma_stft(y=y, sr=44100, n_fft=16384, win_length=8192,
                                                             hop_length=2205), 3)
        report("chromagram of 5 minutes of noise ÷ librosa's `chroma_stft`", ours / theirs, 0.8)
    except ImportError:
        print("| chromagram of 5 minutes of noise ÷ librosa's `chroma_stft` | not installed | ≤ 0.8 | - |")

    xs = rng.random((100000, 12))
    names = {n: load('audio_clustering', k=4, max_iterations=n) for n in (10, 100)}
    i = run_loop(names[100], xs)[2]
    tf_time = seconds(lambda: run_loop(names[100], xs), 3)
    report(f'k-means, 100,000 × 12, k = 4, {i} iterations ÷ NumPy', tf_time / seconds(lambda: lloyd(xs, 4), 1), 1)
    few = seconds(lambda: run_loop(names[10], xs), 3)
    report(f'k-means: time per iteration, {i} iterations ÷ 10', (tf_time / i) / (few / 10), 1.1)


if __name__ == '__main__':
    if sys.argv[1:] == ['som']:
        som_rows()
    else:
        os.environ['MPLBACKEND'] = 'Agg'
        print('| what | measured | must reach | reached |\n| --- | --- | --- | --- |', flush=True)
        with tempfile.TemporaryDirectory() as temporary:
            process_rows(pathlib.Path(temporary))
            rows.append(not subprocess.call([sys.executable, __file__, 'som'], stderr=subprocess.DEVNULL))
            function_rows(pathlib.Path(temporary))
            os.chdir(ROOT)
    sys.exit(0 if all(rows) else 'not every row was reached')
