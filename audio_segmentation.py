"""Cut a recording into pieces and group the pieces, so that "who speaks when" shows (Listings 5 and 6).

Each piece becomes a histogram of its strongest notes, k-means groups the histograms; a picture is saved as NAME.png.
"""
import argparse
import io
import os
import signal
import sys
import warnings

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'  # TensorFlow reads this once, at import: errors only

import matplotlib.pyplot as plt
import numpy as np
import scipy.fft
import tensorflow.compat.v1 as tf
from scipy.io import wavfile

tf.logging.set_verbosity(tf.logging.ERROR)
tf.disable_v2_behavior()
warnings.simplefilter('ignore', wavfile.WavFileWarning)

# %% Settings
k = 2  # clusters
segment_size = 50  # frames, 2.5 seconds at 44,100 Hz
max_iterations = 100


# %% Your own audio: any WAV file
# Where the file lies, and what may be wrong with it.
def path_to_use(default, description):
    """The path that the command line names, or else `default`, which lies beside this script.

    `sys.argv` counts only where this file is the program: in a test it is pytest's, in a notebook the kernel's.
    """
    here, this_file = os.path.split(os.path.abspath(globals().get('__file__', 'a cell')))
    default = f"{'.' if os.path.samefile(here, '.') else here}/{default}"
    if os.path.basename(sys.argv[0]) != this_file:
        return default
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the process at once, queue threads and all
    sys.stdout.reconfigure(errors='backslashreplace')  # a name may hold what the terminal cannot show
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('path', nargs='?', default=default, help=description + ' (default: %(default)s)')
    path = parser.parse_args().path
    return path if path == default else os.path.normpath(path)  # TensorFlow finds nothing in songs//


def read_wav(audio_file):
    """Rate (Hz) and samples (x channels), as stored, of a WAV file; ValueError says why SciPy cannot read it."""
    for cut in range(-1, 64):  # in place, or else in memory, less the last bytes: a cut-off file may end amid a sample
        try:
            file = audio_file if cut < 0 else io.BytesIO(np.fromfile(audio_file, np.uint8)[:-cut or None])
            return wavfile.read(file, mmap=True)
        except Exception as error:  # a damaged header leads SciPy into errors of any kind
            if cut <= 0:
                reason = error if isinstance(error, (OSError, ValueError)) else 'its WAV header is damaged'
    raise ValueError(f'{audio_file!r}: {reason}')


# %% The chromagram, in place of BregmanToolkit's
# At 44,100 Hz, a column looks at a fifth of a second, and there are twenty columns a second.
def note_bands(rate, nfft):
    """Constant-Q bands, 12 in each of 7 octaves from 62.5 Hz: (FFT bins, weights of their power, 12 x bins) pairs."""
    freqs, bands = np.arange(nfft // 2 + 1) * rate / nfft, []
    for octave in range(7):
        centers = 62.5 * 2 ** (octave + np.arange(12)[:, np.newaxis] / 12)
        widths = 0.5475 * np.maximum(centers * (2 ** (1 / 12) - 1), rate / nfft)
        bins = slice(*np.searchsorted(freqs, [(centers - 9 * widths)[0, 0], (centers + 9 * widths)[-1, 0]]))
        weights = np.exp(-0.5 * ((centers - freqs[bins]) / widths) ** 2) * (centers <= rate / 2)
        norms = np.maximum(2 * np.linalg.norm(weights, axis=1, keepdims=True), 1e-300)  # 0 for bands above rate / 2
        bands.append((bins, (weights / norms).astype(np.float32)))
    return bands


class Chromagram:
    """How strongly each of the 12 notes sounds over time, equal to BregmanToolkit's class of that name.

    Parameters
    ----------
    audio_file : str
        A WAV file; its first channel counts. ValueError says why, if there is no sound in it or less than a window.
    nfft, wfft, nhop : int
        Lengths of the FFT, the window and the hop from one window to the next, in samples.

    Attributes
    ----------
    X : ndarray, shape (12, frames)
        Row 0 is the note of 62.5 Hz, a little above B, each row a semitone. The last columns are 0: no whole window.
    sample_rate, nhop : int
        In Hz, and as given: `sample_rate / nhop` frames make a second.
    """

    def __init__(self, audio_file, nfft, wfft, nhop):
        self.sample_rate, samples = read_wav(audio_file)
        self.nhop = nhop
        if len(samples) < wfft or self.sample_rate == 0:
            raise ValueError(f'{audio_file!r}: {len(samples)} samples at {self.sample_rate} Hz are no window of {wfft}')
        if samples.dtype.kind == 'f' and not -1e15 < samples.min() <= samples.max() < 1e15:
            raise ValueError(f'{audio_file!r}: NaN, infinity or a number beyond all sound among its samples')
        samples = samples if samples.ndim == 1 else samples[:, 0]
        loudest = 1 if samples.dtype.kind == 'f' else 2.0 ** (8 * samples.itemsize - 1)
        silence = loudest if samples.dtype.kind == 'u' else 0
        window = (np.sqrt(np.hanning(wfft)) / (loudest * nfft)).astype(np.float32)
        bands = note_bands(self.sample_rate, nfft)
        lead = -(-wfft // nhop)  # column j is the window that ends with hop j + lead, counted from 1
        windows = -(-len(samples) // nhop) - lead + 1
        self.X = np.zeros((12, len(samples) // nhop))
        frames = np.zeros((16, nfft), np.float32)  # a block that stays in the cache, used again and again
        for j in range(0, windows, len(frames)):
            if j and j % 12000 == 0:  # a long recording shows that it goes on
                print(f'{j * nhop / self.sample_rate / 60:.0f} minutes of', audio_file, flush=True)
            ends = nhop * (lead + np.arange(j, min(j + len(frames), windows)))
            block = samples[ends[0] - wfft:ends[-1]].astype(np.float32) - silence
            block = np.pad(block, (0, max(0, ends[-1] - len(samples))))
            frames[:len(ends), :wfft] = np.lib.stride_tricks.sliding_window_view(block, wfft)[::nhop] * window
            spectra = scipy.fft.rfft(frames[:len(ends)], workers=-1)[:, :bands[-1][0].stop]
            power = (spectra.real ** 2 + spectra.imag ** 2).T
            self.X[:, j:j + len(ends)] = sum(np.sqrt(weights @ power[bins]) for bins, weights in bands) / len(bands)


# %% The picture: chromagram and clusters on one time line
# The page prints who speaks when; this shows it.
def save_picture(audio_file, F, clusters):
    """Save the chromagram `F` over seconds as NAME.png, and under it the clusters as a coloured strip."""
    step = max(1, F.X.shape[1] // 1000)  # frames in a column of the picture, which is no wider
    columns = F.X[:, :F.X.shape[1] // step * step].reshape(12, -1, step).mean(axis=2)
    frame = F.nhop / F.sample_rate  # seconds
    figure, (top, strip) = plt.subplots(2, sharex=True, figsize=(10, 4), height_ratios=[6, 1])
    top.imshow(columns, cmap='Greys', interpolation='nearest', aspect='auto',
               extent=(0, columns.shape[1] * step * frame, 11.5, -0.5))
    top.set(title='Chromagram and clusters', ylabel='Note (0 is B)', yticks=range(12))
    rows = np.where(np.eye(k)[clusters].T, np.arange(k)[:, np.newaxis], np.nan)  # one for each cluster
    strip.imshow(rows, cmap='tab10', vmin=0, vmax=9, interpolation='nearest', aspect='auto',
                 extent=(0, len(clusters) * segment_size * frame, k - 0.5, -0.5))
    strip.set(xlabel='Seconds', xlim=(0, F.X.shape[1] * frame), ylabel='Cluster', yticks=range(k))
    try:
        figure.savefig(audio_file + '.png')
    except OSError as error:
        print('No picture:', error, file=sys.stderr)
    plt.close()


# %% Listing 5: cut a recording into segments, and turn each into a feature vector
# A segment counts as a sound of its own, so one recording makes a whole data set.
chromo = tf.placeholder(tf.float32)
max_freqs = tf.argmax(chromo, 0)  # the strongest note of each frame


def get_chromogram(audio_file):
    """The chromagram (12 x frames) of a recording; `F` stays for the time line, which needs the sample rate."""
    global F
    F = Chromagram(audio_file, nfft=16384, wfft=8192, nhop=2205)
    return F.X


def get_dataset(sess, audio_file):
    """A feature vector for each whole run of `segment_size` frames (segments x 12)."""
    chromo_data = get_chromogram(audio_file)
    print('chromo_data', np.shape(chromo_data))
    chromo_length = np.shape(chromo_data)[1]
    xs = []
    for i in range(chromo_length // segment_size):
        chromo_segment = chromo_data[:, i * segment_size:(i + 1) * segment_size]
        xs.append(extract_feature_vector(sess, chromo_segment))
    return np.array(xs)


def extract_feature_vector(sess, chromo_data):
    """The share of frames in which each note is the strongest: 12 numbers that sum to 1, from 12 x frames."""
    num_features, num_samples = np.shape(chromo_data)
    freq_vals = sess.run(max_freqs, feed_dict={chromo: chromo_data})
    hist, _ = np.histogram(freq_vals, bins=range(num_features + 1))
    return hist / num_samples


# %% Listing 6: k-means over the segments, then a time line
# It is the k-means of Listing 4; the cluster of a segment then says who speaks in it.
def initial_cluster_centroids(X, k):
    """The first k rows of X (rows x features), which k-means starts from."""
    return X[0:k, :]


def assign_cluster(X, centroids):
    """The number of the nearest of the centroids (k x features) for each row of X (rows x features)."""
    expanded_vectors = tf.expand_dims(X, 0)
    expanded_centroids = tf.expand_dims(centroids, 1)
    distances = tf.reduce_sum(tf.square(expanded_vectors - expanded_centroids), 2)  # squared, k x rows
    return tf.argmin(distances, 0)


def recompute_centroids(X, Y):
    """The mean (k x features) of the rows of X in each cluster of Y; NaN for a cluster without rows."""
    sums = tf.unsorted_segment_sum(X, Y, k)
    counts = tf.unsorted_segment_sum(tf.ones_like(X), Y, k)
    return sums / counts


X = tf.placeholder(tf.float64, [None, None])
centroids = tf.placeholder(tf.float64, [None, None])
Y = assign_cluster(X, centroids)
means = recompute_centroids(X, Y)
new_centroids = tf.where(tf.is_nan(means), centroids, means)  # a cluster without rows stays where it is
init = tf.global_variables_initializer()

if __name__ == '__main__':
    audio_file = path_to_use('audio_dataset/podcast/two_voices.wav', 'the recording, a .wav file')
    with tf.Session() as sess:
        sess.run(init)
        try:
            xs = get_dataset(sess, audio_file)
        except ValueError as error:
            sys.exit(error)
        segment = segment_size * F.nhop / F.sample_rate  # seconds
        if len(xs) < k:
            length = F.X.shape[1] * F.nhop / F.sample_rate
            sys.exit(f'{audio_file!r}: {length:.2f} seconds, but {k} clusters need at least {k * segment:.2f}')
        print(np.shape(xs))
        centroid_vals = initial_cluster_centroids(xs, k)
        i, converged, clusters = 0, False, None
        while not converged and i < max_iterations:
            i += 1
            previous = clusters
            clusters, centroid_vals = sess.run([Y, new_centroids], feed_dict={X: xs, centroids: centroid_vals})
            converged = np.array_equal(clusters, previous)
            if i % 50 == 0:
                print('iteration', i)
    save_picture(audio_file, F, clusters)
    for i, cluster in enumerate(clusters):
        minutes, seconds = divmod(round(i * segment, 1), 60)
        print(f'{minutes:.1f}m {seconds:.1f}s {cluster}')
