"""Cut a recording into segments and group them, to see who speaks when (Listings 5 and 6).

Each segment becomes a histogram of its notes; k-means groups these; NAME.wav.png shows both."""
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
audio_file = './audio_dataset/podcast/two_voices.wav'  # in a notebook, name your own here
k = 2  # clusters
segment_size = 50  # frames, 2.5 seconds at 44,100 Hz
max_iterations = 100
this_file = os.path.realpath(globals().get('__file__', 'a notebook'))
if os.path.dirname(this_file) != os.getcwd():
    audio_file = os.path.normpath(os.path.join(this_file, '..', audio_file))
if os.path.realpath(sys.argv[0]) == this_file:  # run as a program
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
# The chromagram, and below it a row for each cluster, dark where its segments are.
NOTES = 'B C C♯ D D♯ E F F♯ G G♯ A A♯'.split()


def save_picture(audio_file, F, clusters):
    """Save a picture as NAME.wav.png, and show it in a notebook; a failure is only reported."""
    try:
        warnings.filterwarnings('ignore', 'Glyph')  # a title may hold what the font lacks
        frame = F.nhop / F.sample_rate  # seconds
        end, segments_end = F.X.shape[1] * frame, len(clusters) * segment_size * frame
        figure, (top, bottom) = plt.subplots(
            2, sharex=True, figsize=(10, 1.5 + 0.22 * (12 + k)), height_ratios=[12, k])
        title = os.path.basename(audio_file).encode(errors='backslashreplace').decode()
        figure.suptitle(title, parse_math=False)
        top.imshow(F.X, cmap='Greys', aspect='auto', origin='lower', extent=(0, end, -0.5, 11.5))
        top.set(ylabel='Note', yticks=range(12), yticklabels=NOTES)
        bottom.imshow(clusters == np.arange(k)[:, np.newaxis], cmap='Greys', vmin=0, vmax=1,
                      aspect='auto', extent=(0, segments_end, k - 0.5, -0.5))
        bottom.set(xlabel='Time (s)', xlim=(0, end), ylabel='Cluster', yticks=range(k))
        figure.savefig(audio_file + '.png')
        if 'inline' in plt.get_backend():
            plt.show()
    except Exception as error:  # no permission, a full disk, no LaTeX: the result matters more
        print(f'No picture of {audio_file!r}: {error!r}', file=sys.stderr)
    plt.close()


# %% The chromagram, in place of BregmanToolkit's
# At 44,100 Hz, a frame is a window of 0.19 seconds, and there are 20 frames a second.
REPAIR = 'ffmpeg -i OLD.wav NEW.wav may repair it'


def read_wav(audio_file):
    """Rate (Hz) and samples (x channels) of a WAV file, as stored; OSError says what is wrong."""
    try:
        return wavfile.read(audio_file, mmap=True)
    except Exception:  # 24 bit, say, or cut off: read it into memory
        memory, reason = io.BytesIO(np.fromfile(audio_file, np.uint8)), None
    for size in range(len(memory.getbuffer()), -1, -1)[:64]:  # it may end within a sample
        memory.truncate(size)
        try:
            return wavfile.read(memory)
        except Exception as error:  # a damaged header leads SciPy into errors of any kind
            reason = reason or error
    if not isinstance(reason, ValueError) or 'size' in str(reason):  # NumPy's ValueErrors
        reason = f'bad header, or its data are no whole number of samples; {REPAIR}'
    raise OSError(f'{audio_file!r}: {reason}')


def note_bands(rate, nfft):
    """Constant-Q bands: (FFT bins, weights 12 x bins) for each octave; 0.5475 is their overlap."""
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
    """How strongly each of the 12 notes sounds over time, in BregmanToolkit's numbers.

    Parameters
    ----------
    audio_file : str
        A WAV file; its first channel is used.
    nfft, wfft, nhop : int
        Lengths of the FFT, the window and the hop between windows, in samples.

    Attributes
    ----------
    X : ndarray, shape (12, frames)
        Mean over 7 octaves, a row per semitone from B (62.5 Hz) up; the last columns are zeros.
    sample_rate, nhop : int
        In Hz and in samples; there are `sample_rate / nhop` frames a second.

    Raises
    ------
    OSError, ValueError
        If the file cannot be used; if one of the lengths cannot work.
    """

    def __init__(self, audio_file, nfft, wfft, nhop):
        if not all(isinstance(n, int) and n > 0 for n in (nfft, wfft, nhop)) or nfft < wfft:
            raise ValueError('nfft, wfft and nhop must be whole numbers of at least 1, and nfft at '
                             f'least wfft, not {nfft}, {wfft} and {nhop}')
        rate, channels = read_wav(audio_file)
        if channels.dtype == np.uint8:  # 8 bit, where silence is 128
            channels = (channels.astype(np.int16) - 128) * 256
        self.sample_rate, self.nhop = rate, nhop
        samples = channels if channels.ndim == 1 else channels[:, 0]
        length = len(samples)
        if rate < 125:
            raise OSError(f'{audio_file!r}: its rate, {rate} Hz, is too low for any note')
        if length < max(wfft, nhop):
            raise OSError(f'{audio_file!r}: too short: {length:,} samples ({length / rate:.2f} s), '
                          f'and one window is {wfft:,} ({wfft / rate:.2f} s)'
                          + (f'; if its header was never finished, {REPAIR}' if not length else ''))
        if samples.dtype.kind == 'f' and not -1e15 < samples.min() <= samples.max() < 1e15:
            raise OSError(f'{audio_file!r}: NaN, infinity or too large a number among its samples')
        loudest = 1 if samples.dtype.kind == 'f' else 2.0 ** (8 * samples.itemsize - 1)
        window = (np.sqrt(np.hanning(wfft)) / (loudest * nfft)).astype(np.float32)
        bands = note_bands(rate, nfft)
        lead = -(-wfft // nhop)  # column j is the window that ends with hop j + lead, from 1
        self.X = np.zeros((12, length // nhop))
        windows = min(length // nhop, -(-length // nhop) - lead + 1)
        frames = np.zeros((16, nfft), np.float32)  # a block that stays in the cache
        for j in range(0, windows, len(frames)):
            if j and j % 12000 == 0:  # progress, for a long recording
                print(f'{j * nhop / rate / 60:.0f} minutes of', audio_file, flush=True)
            block = frames[:windows - j]
            for n, row in enumerate(block, j + lead):
                part = samples[n * nhop - wfft:n * nhop]
                np.multiply(part, window[:len(part)], out=row[:len(part)])
                row[len(part):wfft] = 0
            spectra = scipy.fft.rfft(block, workers=-1)[:, :bands[-1][0].stop]
            power = (spectra.real ** 2 + spectra.imag ** 2).T
            octaves = [np.sqrt(weights @ power[bins]) for bins, weights in bands]
            self.X[:, j:j + len(block)] = sum(octaves) / len(octaves)
        if not self.X.any() and channels.any():
            print(f'{audio_file!r}: its first channel is silent, another is not', file=sys.stderr)


# %% Listing 6: k-means over the segments, then a time line
# The cluster of a segment says who speaks in it.
if not all(isinstance(n, int) and n > 0 for n in (k, segment_size, max_iterations)):
    sys.exit(f'k = {k}, segment_size = {segment_size}, max_iterations = {max_iterations}: '
             'whole numbers of at least 1 are needed')
rows = tf.placeholder(tf.float64, [None, None])
old_centroids = tf.placeholder(tf.float64, [None, None])
nearest = assign_cluster(rows, old_centroids)
means = recompute_centroids(rows, nearest)
new_centroids = tf.where(tf.is_nan(means), old_centroids, means)  # without rows: the old one
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
            Y, centroids = sess.run([nearest, new_centroids], {rows: X, old_centroids: centroids})
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
