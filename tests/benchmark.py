"""How fast the scripts are, and how much memory they take: python tests/benchmark.py.

Each row is the ratio of two things measured within this run (a minute, 320 MB on disk).
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import timeit

import numpy as np
import scipy.fft
from scipy.io import wavfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def least(function, runs):
    """The shortest time of several calls (seconds)."""
    return min(timeit.repeat(function, number=1, repeat=runs))


def python(*arguments):
    """What Python prints in a fresh process."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL)


def peak():
    """The largest memory of a process so far (bytes); NaN on Windows, which does not report it."""
    if sys.platform == 'win32':
        return np.nan
    import resource
    unit = 1 if sys.platform == 'darwin' else 1024
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit


def process_rows():
    segmentation = ROOT / 'audio_segmentation.py'
    bare = least(lambda: python('-c', 'import tensorflow'), 3)
    ours = least(lambda: python(ROOT / 'audio_clustering.py'), 3)
    print(f'start-up: audio_clustering.py ÷ a bare `import tensorflow`: {ours / bare:.2f}')
    minute = np.random.default_rng(0).integers(-9999, 9999, 60 * 44100).astype(np.int16)
    wavfile.write('short.wav', 44100, minute[:44100 * 5])
    wavfile.write('hour.wav', 44100, np.tile(minute, 60))
    short, short_peak = least(lambda: python(segmentation, 'short.wav'), 2), peak()
    hour, hour_peak = least(lambda: python(segmentation, 'hour.wav'), 2), peak()
    print(f'an hour of sound ÷ 5 seconds: {hour / short:.2f} ({hour - short:.1f} s more)')
    ratio = (hour_peak - short_peak) / os.path.getsize('hour.wav')
    print(f'an hour of sound: memory beyond that of 5 seconds ÷ the file: {ratio:.2f}')


def function_rows():
    import audio_clustering
    samples = np.random.default_rng(0).integers(-9999, 9999, 300 * 44100).astype(np.int16)
    wavfile.write('noise.wav', 44100, samples)
    windows = np.lib.stride_tricks.sliding_window_view(samples / np.float32(32768), 8192)
    blocks = np.split(windows[628::2205][:5984], 374)  # of 16 windows, as in the script
    bare = least(lambda: [scipy.fft.rfft(block, 16384, workers=-1) for block in blocks], 9)
    ours = least(lambda: audio_clustering.get_chromagram('noise.wav'), 9)
    print(f'chromagram ÷ a bare `scipy.fft.rfft` of the same windows: {ours / bare:.2f}')

    X = np.random.default_rng(0).random((100000, 12))
    with audio_clustering.tf.Session(graph=audio_clustering.rows.graph) as sess:
        def iteration():
            feed = {audio_clustering.rows: X, audio_clustering.old_centroids: X[:2]}
            feed[audio_clustering.clusters] = sess.run(audio_clustering.nearest, feed)
            sess.run(audio_clustering.new_centroids, feed)

        def numpy_iteration():
            nearest = ((X - X[:2, np.newaxis]) ** 2).sum(axis=2).argmin(axis=0)
            return [X[nearest == cluster].mean(axis=0) for cluster in range(2)]

        ratio = least(iteration, 100) / least(numpy_iteration, 100)
        print(f'k-means: an iteration on 100,000 rows ÷ NumPy: {ratio:.2f}')


def som_rows():
    import som
    maps = {}
    for size in (4, 40):
        with som.tf.Graph().as_default():
            maps[size] = som.SOM(size, size, 64)
    x, nodes = np.ones(64, np.float32), np.ones((1600, 64), np.float32)
    places = np.array([[i % 40, i // 40] for i in range(1600)], np.float32)

    def numpy_step():
        best = places[((x - nodes) ** 2).sum(axis=1).argmin()]
        factor = np.exp(-((best - places) ** 2).sum(axis=1) / np.float32(2 * 20 ** 2))
        nodes[:] = nodes + (np.float32(0.5) * factor)[:, np.newaxis] * (x - nodes)

    feed = {maps[40].x: x, maps[40].iter: 0}
    with som.tf.Session(graph=maps[40].nodes.graph) as sess:
        sess.run(maps[40].nodes.initializer)
        ours = least(lambda: sess.run(maps[40].propagate_nodes, feed), 2000)
    print(f'SOM: a step of a 40 × 40 map ÷ NumPy: {ours / least(numpy_step, 2000):.2f}')
    large, small = (len(maps[size].nodes.graph.get_operations()) for size in (40, 4))
    print(f'SOM: graph nodes of a 40 × 40 map ÷ a 4 × 4 map: {large / small:.2f}')


if __name__ == '__main__':
    if sys.argv[1:] == ['som']:  # a process of its own: som.py keeps TensorFlow to one thread
        som_rows()
    else:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            process_rows()
            function_rows()
            print(python(__file__, 'som'), end='')
            os.chdir(ROOT)
