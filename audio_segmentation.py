"""Cut a recording into pieces and group them, so that "who speaks when" shows (Listings 5 and 6).

Each becomes a histogram of its strongest notes, which k-means groups; NAME.wav.png shows both.
"""
import argparse
import io
import os
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
audio_file = './audio_dataset/podcast/two_voices.wav'
k = 2  # clusters
segment_size = 50  # frames, 2.5 seconds at 44,100 Hz
max_iterations = 100
this_file = os.path.realpath(globals().get('__file__', 'a notebook'))
if os.path.dirname(this_file) != os.getcwd():
    audio_file = os.path.normpath(os.path.join(this_file, '..', audio_file))
if os.path.realpath(sys.argv[0]) == this_file:  # it is run as a program
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('file', nargs='?', default=audio_file, help='default: %(default)s')
    audio_file = parser.parse_args().file
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name may hold what a terminal cannot show
        sys.stdout.reconfigure(errors='backslashreplace')

# %% Listing 5: cut a recording into segments, and turn each into a feature vector
# A segment counts as a sound of its own, so one recording makes a whole data set.
chroma = tf.placeholder(tf.float32)
max_freqs = tf.argmax(chroma, 0)  # the strongest note of each frame


def get_chromagram(audio_file):
    """The chromagram of a recording; its `X` is 12 x frames."""
    F = Chromagram(audio_file, nfft=16384, wfft=8192, nhop=2205)
    return F


def get_dataset(sess, audio_file):
    """A feature vector for each whole segment (segments x 12), and the chromagram."""
    F = get_chromagram(audio_file)
    chroma_data = F.X
    print('chroma_data', np.shape(chroma_data))
    chroma_length = np.shape(chroma_data)[1]
    xs = []
    for i in range(chroma_length // segment_size):
        chroma_segment = chroma_data[:, i * segment_size:(i + 1) * segment_size]
        x = extract_feature_vector(sess, chroma_segment)
        xs.append(x)
    return np.array(xs), F


# %% From Listings 3 and 4
# The feature vector and k-means, the same as in audio_clustering.py.
def extract_feature_vector(sess, chroma_data):
    """The share of frames in which each note is the strongest: 12 numbers from 12 x frames."""
    num_features, num_samples = np.shape(chroma_data)
    freq_vals = sess.run(max_freqs, feed_dict={chroma: chroma_data})
    hist, bins = np.histogram(freq_vals, bins=range(num_features + 1))
    return hist / num_samples


def initial_cluster_centroids(X, k):
    """The first k rows of X (rows x features), which k-means starts from."""
    return X[0:k, :]


def assign_cluster(X, centroids):
    """For each row of X (rows x features), the number of the nearest centroid (k x features)."""
    expanded_vectors = tf.expand_dims(X, 0)
    expanded_centroids = tf.expand_dims(centroids, 1)
    distances = tf.reduce_sum(tf.square(tf.subtract(expanded_vectors, expanded_centroids)), 2)
    mins = tf.argmin(distances, 0)
    return mins


def recompute_centroids(X, Y):
    """The mean (k x features) of the rows in each cluster of Y; NaN for a cluster without rows."""
    sums = tf.unsorted_segment_sum(X, Y, k)
    counts = tf.unsorted_segment_sum(tf.ones_like(X), Y, k)
    return sums / counts


# %% The picture of a recording
# The page prints who speaks when; this shows it.
def save_picture(audio_file, F, clusters):
    """Save the chromagram and, below it, the cluster of each segment as NAME.wav.png."""
    step = max(1, F.X.shape[1] // 1000)  # frames in a column of the picture, which is no wider
    columns = F.X[:, :F.X.shape[1] // step * step].reshape(12, -1, step).mean(axis=2)
    frame = F.nhop / F.sample_rate  # seconds
    figure, (top, strip) = plt.subplots(2, sharex=True, figsize=(10, 4), height_ratios=[6, 1])
    top.imshow(columns, cmap='Greys', interpolation='nearest', aspect='auto',
               extent=(0, columns.shape[1] * step * frame, 11.5, -0.5))
    top.set(title='Chromagram and clusters', ylabel='Note (0 is B)', yticks=range(12))
    rows = np.where(np.eye(k)[clusters].T, np.arange(k)[:, np.newaxis], np.nan)  # one a cluster
    strip.imshow(rows, cmap='tab10', vmin=0, vmax=9, interpolation='nearest', aspect='auto',
                 extent=(0, len(clusters) * segment_size * frame, k - 0.5, -0.5))
    strip.set(xlabel='Seconds', xlim=(0, F.X.shape[1] * frame), ylabel='Cluster', yticks=range(k))
    try:
        figure.savefig(audio_file + '.png')
    except OSError as error:
        print('No picture:', error, file=sys.stderr)
    plt.close()


# %% The chromagram, in place of BregmanToolkit's
# At 44,100 Hz, a column looks at a fifth of a second, and there are twenty columns a second.
REPAIR = 'ffmpeg -i OLD.wav NEW.wav may repair it'


def read_wav(audio_file):
    """Rate (Hz) and samples (x channels) of a WAV file, as stored; OSError says what is wrong."""
    with open(audio_file, 'rb') as file:
        try:
            return wavfile.read(audio_file, mmap=True)
        except Exception:  # 24 bit, say, or cut off: read it into memory
            memory, reason = io.BytesIO(file.read()), None
    for size in range(len(memory.getbuffer()), -1, -1)[:64]:  # it may end amid a sample
        memory.truncate(size)
        try:
            return wavfile.read(memory)
        except Exception as error:  # a damaged header leads SciPy into errors of any kind
            reason = reason or error
    if 'reshape' in str(reason) or 'buffer size' in str(reason):  # NumPy's words
        reason = f'its data are no whole number of samples; {REPAIR}'
    elif not isinstance(reason, ValueError):
        reason = f'its header is damaged or was never finished; {REPAIR}'
    raise OSError(f'{audio_file!r}: {reason}')


def note_bands(rate, nfft):
    """(FFT bins, weights 12 x bins) of each octave's constant-Q bands; 0.5475 is their overlap."""
    freqs, bands = np.arange(nfft // 2 + 1) * rate / nfft, []
    for octave in range(7):
        centers = 62.5 * 2 ** (octave + np.arange(12)[:, np.newaxis] / 12)
        widths = 0.5475 * np.maximum(centers * (2 ** (1 / 12) - 1), rate / nfft)
        low, high = centers - 9 * widths, centers + 9 * widths
        bins = slice(*np.searchsorted(freqs, [low[0, 0], high[-1, 0]]))
        weights = np.exp(-0.5 * ((centers - freqs[bins]) / widths) ** 2) * (centers <= rate / 2)
        norms = 2 * np.linalg.norm(weights, axis=1, keepdims=True)  # 0 above half the rate
        np.divide(weights, norms, out=weights, where=norms > 0)
        bands.append((bins, weights.astype(np.float32)))
    return bands


class Chromagram:
    """How strongly each of the 12 notes sounds over time, equal to BregmanToolkit's class.

    Parameters
    ----------
    audio_file : str
        A WAV file, of which the first channel counts.
    nfft, wfft, nhop : int
        Lengths of the FFT, the window and the hop between windows, in samples.

    Attributes
    ----------
    X : ndarray, shape (12, frames)
        A row a semitone, from 62.5 Hz, a little above B. The last columns are empty: 0.
    sample_rate, nhop : int
        In Hz and in samples: `sample_rate / nhop` frames make a second.

    Raises
    ------
    OSError
        If the file cannot be used.
    ValueError
        If the lengths cannot work.
    """

    def __init__(self, audio_file, nfft, wfft, nhop):
        if not all(isinstance(n, int) and n > 0 for n in (nfft, wfft, nhop)) or nfft < wfft:
            raise ValueError('nfft, wfft and nhop must be whole numbers of at least 1, and nfft at '
                             f'least wfft, not {nfft}, {wfft} and {nhop}')
        rate, channels = read_wav(audio_file)
        self.sample_rate, self.nhop = rate, nhop
        samples = channels if channels.ndim == 1 else channels[:, 0]
        length = len(samples)
        if rate < 125:
            raise OSError(f'{audio_file!r}: a rate of {rate} Hz; notes need at least 125 Hz')
        if length < max(wfft, nhop):
            raise OSError(f'{audio_file!r}: too short: {length:,} samples ({length / rate:.2f} s), '
                          f'and one window is {wfft:,} ({wfft / rate:.2f} s)'
                          + (f'; if its header was never finished, {REPAIR}' if not length else ''))
        is_float = samples.dtype.kind == 'f'
        if is_float and not -1e15 < samples.min() <= samples.max() < 1e15:
            raise OSError(f'{audio_file!r}: NaN, infinity or a number beyond all sound in it')
        loudest = 1 if is_float else 2.0 ** (8 * samples.itemsize - 1)
        silence = loudest if samples.dtype.kind == 'u' else 0
        window = (np.sqrt(np.hanning(wfft)) / (loudest * nfft)).astype(np.float32)
        bands = note_bands(rate, nfft)
        lead = -(-wfft // nhop)  # column j is the window that ends with hop j + lead, from 1
        self.X = np.zeros((12, length // nhop))
        windows = min(length // nhop, -(-length // nhop) - lead + 1)
        frames = np.zeros((16, nfft), np.float32)  # a block that stays in the cache
        for j in range(0, windows, len(frames)):
            if j and j % 12000 == 0:  # a long recording shows that it goes on
                print(f'{j * nhop / rate / 60:.0f} minutes of', audio_file, flush=True)
            block = frames[:windows - j]
            for n, row in enumerate(block, j + lead):
                part = samples[n * nhop - wfft:n * nhop].astype(np.float32) - silence
                row[:len(part)] = part * window[:len(part)]
                row[len(part):] = 0
            spectra = scipy.fft.rfft(block, workers=-1)[:, :bands[-1][0].stop]
            power = (spectra.real ** 2 + spectra.imag ** 2).T
            octaves = [np.sqrt(weights @ power[bins]) for bins, weights in bands]
            self.X[:, j:j + len(block)] = sum(octaves) / len(octaves)
        if not self.X.any() and (channels != silence).any():
            print(f'{audio_file!r}: its first channel, the one used, is silent', file=sys.stderr)


# %% Listing 6: k-means over the segments, then a time line
# The cluster of a segment says who speaks in it.
if not all(isinstance(n, int) and n > 0 for n in (k, segment_size, max_iterations)):
    sys.exit(f'k = {k}, segment_size = {segment_size}, max_iterations = {max_iterations}: '
             'all must be whole numbers from 1')
rows = tf.placeholder(tf.float64, [None, None])
old_centroids = tf.placeholder(tf.float64, [None, None])
assignments = assign_cluster(rows, old_centroids)
means = recompute_centroids(rows, assignments)
new_centroids = tf.where(tf.is_nan(means), old_centroids, means)  # without rows, it stays
init = tf.global_variables_initializer()

if __name__ == '__main__':
    if os.path.exists(audio_file) and not os.path.isfile(audio_file):
        sys.exit(f'{audio_file!r}: not a regular file; save the recording to one first')
    with tf.Session() as sess:
        sess.run(init)
        try:
            X, F = get_dataset(sess, audio_file)
        except (OSError, ValueError) as error:
            sys.exit(error)
        if len(X) < k:
            sys.exit(f'{audio_file!r}: {len(X)} whole segments of {segment_size} frames, '
                     f'but k = {k} clusters need at least {k}')
        print(np.shape(X))
        centroids = initial_cluster_centroids(X, k)
        i, converged, Y = 0, False, None
        while not converged and i < max_iterations:
            i += 1
            prev_Y = Y
            Y, centroids = sess.run([assignments, new_centroids],
                                    feed_dict={rows: X, old_centroids: centroids})
            converged = np.array_equal(Y, prev_Y)
            if i % 50 == 0:
                print('iteration', i)
        save_picture(audio_file, F, Y)
        segments = Y
        for i in range(len(segments)):
            seconds = round(i * segment_size * F.nhop / F.sample_rate, 1)
            minutes, sec = divmod(seconds, 60)
            time_str = f'{minutes:.1f}m {sec:.1f}s'
            print(time_str, segments[i])
