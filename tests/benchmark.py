"""How fast the scripts are, and how much memory they take: python tests/benchmark.py.

Each ratio compares two things within this run of about five minutes, and may have a limit; times
are only shown. It takes 1.2 GB in the temporary folder. What is compared:

- start-up: a script on the data that ship, with a bare `import tensorflow`;
- an hour: audio_segmentation.py on an hour of noise; its memory, with the file's size;
- 40 songs: audio_clustering.py on 40 songs of 3 minutes, with itself on 4 of them;
- SOM: a step of training, with the same step in NumPy; a large map's graph, with a small one's;
- chromagram: the class on 5 minutes of noise, with SciPy's FFT of the same windows alone, and
  with librosa's chroma_stft, where that is installed;
- k-means: an iteration on 100,000 rows of 12, k = 2, with one in NumPy, with scikit-learn's where
  that is installed, and a late one with an early one.
"""
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy.fft
from scipy.io import wavfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPTS = ['audio_clustering', 'audio_segmentation', 'som']
CHILD = '''
import resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=-3, stderr=-3)
seconds = time.perf_counter() - start
print(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
'''
above_limit = []


def report(what, value, limit=None, unit=''):
    """Print a row of the table at once."""
    if limit is not None and value > limit:
        above_limit.append(what)
    print(f'| {what} | {value:.2f}{unit} | {"" if limit is None else limit} |', flush=True)


def process(*arguments, runs=3):
    """Python in a fresh process: the least seconds and the least peak (bytes) of some runs."""
    results = []
    for _ in range(runs):  # started from a small process, since a peak includes the parent's
        command = [sys.executable, '-c', CHILD, sys.executable, *arguments]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        results.append([float(number) for number in out.split()])
    unit = 1 if sys.platform == 'darwin' else 1024  # of ru_maxrss, in bytes
    return min(seconds for seconds, _ in results), min(peak for _, peak in results) * unit


def least(function, runs=5):
    """The least seconds of some calls."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def noise(seconds):
    return np.random.default_rng(0).integers(-9999, 9999, seconds * 44100).astype(np.int16)


def process_rows():
    """Rows about whole scripts, in the current folder."""
    shutil.copytree(ROOT / 'audio_dataset', 'audio_dataset')
    for script in SCRIPTS:
        shutil.copy(ROOT / f'{script}.py', '.')
    with_sklearn = importlib.util.find_spec('sklearn')  # which TensorFlow imports, by way of Keras
    for script in SCRIPTS:
        pairs = [(process(f'{script}.py', runs=1)[0], process('-c', 'import tensorflow', runs=1)[0])
                 for _ in range(5)]
        whole, bare = (min(times) for times in zip(*pairs))
        report(f'start-up: `{script}.py` ÷ `import tensorflow`', whole / bare,
               1.1 if with_sklearn else 1.25)

    wavfile.write('hour.wav', 44100, np.tile(noise(60), 60))
    wavfile.write('short.wav', 44100, noise(5))
    short, base = process('audio_segmentation.py', 'short.wav', runs=2)
    seconds, peak = process('audio_segmentation.py', 'hour.wav', runs=2)
    report('an hour: time beyond that of 5 seconds', seconds - short, unit=' s')
    report('an hour: memory beyond that of 5 seconds ÷ the file',
           (peak - base) / os.path.getsize('hour.wav'), 1.16)
    os.remove('hour.wav')

    each, peaks = {}, {}
    for count in (4, 40):
        os.mkdir(f'{count}')
        for n in range(count):
            wavfile.write(f'{count}/{n}.wav', 44100, np.tile(np.roll(noise(60), n), 3))
        seconds, peaks[count] = process('audio_clustering.py', f'{count}', runs=2)
        each[count] = (seconds - short) / count
    report('40 songs: time for each ÷ with 4 songs', each[40] / each[4], 1.5)
    report('40 songs: memory ÷ with 4 songs', peaks[40] / peaks[4], 1.1)


def som_rows():
    """Rows about the map, in a process of their own: som.py tells TensorFlow to use one thread."""
    import som
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

    large = maps[40]
    with tf.Session(graph=large.nodes.graph) as sess:
        sess.run(large.nodes.initializer)
        ours = least(lambda: sess.run(large.propagate_nodes, {large.x: x, large.iter: 0}), 2000)
    report('SOM: a step, 40 × 40 × 64 ÷ NumPy', ours / least(step, 2000), 2.5)
    nodes_of = {size: len(maps[size].nodes.graph.get_operations()) for size in maps}
    report('SOM: graph nodes, 40 × 40 ÷ 4 × 4', nodes_of[40] / nodes_of[4], 1)


def function_rows():
    """Rows about functions of audio_clustering.py."""
    import audio_clustering
    samples = noise(300)
    wavfile.write('noise.wav', 44100, samples)
    y = samples / np.float32(32768)
    frames = np.lib.stride_tricks.sliding_window_view(y, 8192)[628::2205]
    ours = least(lambda: audio_clustering.get_chromagram('noise.wav'), 9)
    bare = least(lambda: [scipy.fft.rfft(frames[j:j + 16], 16384, workers=-1)
                          for j in range(0, len(frames), 16)], 9)
    report('chromagram ÷ bare `scipy.fft.rfft`, 16 frames a call', ours / bare, 2)
    if importlib.util.find_spec('librosa'):
        import librosa
        theirs = least(lambda: librosa.feature.chroma_stft(
            y=y, sr=44100, n_fft=16384, win_length=8192, hop_length=2205), 3)
        report("chromagram ÷ librosa's `chroma_stft`", ours / theirs, 0.8)

    rows = np.random.default_rng(0).random((100000, 12))
    centroids, times = rows[:2], []
    with audio_clustering.tf.Session(graph=audio_clustering.rows.graph) as sess:
        for _ in range(200):
            feed = {audio_clustering.rows: rows, audio_clustering.old_centroids: centroids}
            start = time.perf_counter()
            nearest, centroids = sess.run(
                [audio_clustering.nearest, audio_clustering.new_centroids], feed)
            times.append(time.perf_counter() - start)

    def iteration():
        nearest = ((rows - rows[:2, np.newaxis]) ** 2).sum(axis=2).argmin(axis=0)
        return [rows[nearest == cluster].mean(axis=0) for cluster in range(2)]

    report('k-means: an iteration ÷ NumPy', min(times) / least(iteration), 1.5)
    report('k-means: the second 100 iterations ÷ the first',
           sum(times[100:]) / sum(times[:100]), 1.5)
    if importlib.util.find_spec('sklearn'):
        from sklearn.cluster import KMeans
        model = KMeans(n_clusters=2, init=rows[:2], n_init=1, tol=0, max_iter=100)
        theirs = least(lambda: model.fit(rows), 9) / model.n_iter_
        report("k-means: an iteration ÷ scikit-learn's", min(times) / theirs)


if __name__ == '__main__':
    sys.path.insert(0, str(ROOT))
    if sys.argv[1:] == ['som']:
        som_rows()
    else:
        print('| what | measured | limit |\n| --- | --- | --- |', flush=True)
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            process_rows()
            function_rows()
            if subprocess.call([sys.executable, __file__, 'som']) != 0:
                above_limit.append('SOM')
            os.chdir(ROOT)
    sys.exit('a limit was not kept' if above_limit else 0)
