"""Cut a recording into segments and group them, to see who speaks when (Listings 5 and 6).

A picture is saved beside the recording, as NAME.wav.segments.png: the strength of the notes over
time, and below it the clusters of the segments."""
import argparse
import os
import sys
import warnings

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')  # no log lines; exceptions still show
os.environ.setdefault('TF_USE_LEGACY_KERAS', '1')  # a faster start: Keras 3 is not loaded

import numpy as np
import tensorflow.compat.v1 as tf
from matplotlib.figure import Figure
from scipy import fft, sparse
from scipy.io import wavfile

tf.logging.set_verbosity(tf.logging.ERROR)
tf.disable_v2_behavior()
warnings.simplefilter('ignore', wavfile.WavFileWarning)
warnings.filterwarnings('ignore', 'Glyph|Matplotlib currently')  # letters its font lacks

# %%
# Settings
audio_file = './audio_dataset/podcast/two_voices.wav'  # in a notebook, name your own file here
k = 2  # clusters
segment_size = 50  # frames: 2.5 seconds at a sampling rate of 44,100 Hz
max_iterations = 100

# %%
# Listing 5: cut a recording into segments, and turn each into a feature vector
# Each segment counts as a sound of its own, so one recording makes a whole data set. (A chromagram
# says how strongly each of 12 notes sounds in each frame; one frame starts every 2205 samples.)
chroma = tf.placeholder(tf.float32)
max_freqs = tf.argmax(chroma, 0)  # the strongest note of each frame


def get_chromagram(audio_file):
    """The chromagram (12 x frames) of a sound."""
    F = Chromagram(audio_file, nfft=16384, wfft=8192, nhop=2205)
    return F.X


def get_dataset(sess, audio_file):
    """A feature vector for each whole segment (segments x 12), and the chromagram."""
    chroma_data = get_chromagram(audio_file)
    print('chroma_data', np.shape(chroma_data))
    chroma_length = np.shape(chroma_data)[1]
    xs = []
    for i in range(chroma_length // segment_size):
        chroma_segment = chroma_data[:, i * segment_size:(i + 1) * segment_size]
        x = extract_feature_vector(sess, chroma_segment)
        xs.append(x)
    return np.array(xs), chroma_data


# %%
# From Listings 3 and 4
# The feature vector and k-means, the same as in audio_clustering.py.
def extract_feature_vector(sess, chroma_data):
    """For each of the 12 notes, the share of frames (the columns) in which it is the strongest."""
    num_features, num_samples = np.shape(chroma_data)
    freq_vals = sess.run(max_freqs, feed_dict={chroma: chroma_data})
    hist, bins = np.histogram(freq_vals, bins=range(num_features + 1))
    return hist.astype(float) / num_samples


def initial_cluster_centroids(X, k):
    """The first k rows of X (rows x features), which k-means starts from."""
    return X[0:k, :]


def assign_cluster(X, centroids):
    """Which of the centroids (k x features) is nearest to each row of X (rows x features)."""
    expanded_vectors = tf.expand_dims(X, 0)  # 1 x rows x features
    expanded_centroids = tf.expand_dims(centroids, 1)  # k x 1 x features
    distances = tf.reduce_sum(tf.square(tf.subtract(expanded_vectors, expanded_centroids)), 2)
    mins = tf.argmin(distances, 0)
    return mins


def recompute_centroids(X, Y):
    """The mean of each cluster's rows (k x features), where Y is the cluster of each row of X."""
    sums = tf.unsorted_segment_sum(X, Y, k)
    counts = tf.unsorted_segment_sum(tf.ones_like(X), Y, k)
    return sums / counts


# The page calls the last two functions in its loop, which adds nodes to the graph each time. Here
# they are called once, and the loop feeds these placeholders. (The mean of an empty cluster would
# be 0/0, which is NaN, so such a cluster keeps its old centroid.)
rows = tf.placeholder(tf.float64)
old_centroids = tf.placeholder(tf.float64)
clusters = tf.placeholder(tf.int64)
nearest = assign_cluster(rows, old_centroids)
means = recompute_centroids(rows, clusters)
new_centroids = tf.where(tf.is_nan(means), old_centroids, means)

# %%
# Your own recording
# `python audio_segmentation.py FILE` uses that recording instead of the one in the settings.
if __name__ == '__main__' and '__file__' in globals():  # not in a notebook
    if not os.path.exists(audio_file):  # look beside this script
        audio_file = os.path.join(os.path.dirname(os.path.realpath(__file__)), audio_file)
    if os.path.basename(sys.argv[0]) == os.path.basename(__file__):  # not in an editor's cell
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument('file', nargs='?', default=audio_file, help='default: %(default)s')
        audio_file = parser.parse_args().file


def usable_recording(audio_file, k):
    """The sampling rate (Hz) of a recording; exits with one line if it cannot be used."""
    try:
        rate, samples = read_wav(audio_file)
    except OSError as error:
        sys.exit(error)
    whole_segments = len(samples) // 2205 // segment_size
    if whole_segments < k:
        sys.exit(f'{audio_file!r}: whole segments of {segment_size} frames: {whole_segments}, '
                 f'but k = {k} needs at least {k}')
    return rate


# %%
# The picture of a recording
# The chromagram, and below it a row for each cluster, dark where its segments are.
NOTES = 'B C C♯ D D♯ E F F♯ G G♯ A A♯'.split()


def save_picture(audio_file, rate, chroma_data, segments):
    """Save NAME.wav.segments.png, and show it in a notebook; a failure is only reported."""
    try:
        frame = 2205 / rate  # seconds from one frame to the next
        end = chroma_data.shape[1] * frame
        segments_end = len(segments) * segment_size * frame
        members = (segments == np.arange(k)[:, np.newaxis])  # k x segments, True for members
        figure = Figure(figsize=(10, 1.5 + 0.22 * (12 + k)))
        figure.suptitle(os.path.basename(audio_file), parse_math=False)
        top, bottom = figure.subplots(2, sharex=True, height_ratios=[12, k])
        top.imshow(chroma_data, cmap='Greys', aspect='auto', origin='lower',
                   interpolation='nearest', extent=(0, end, -0.5, 11.5))
        top.set(ylabel='Note', yticks=range(12), yticklabels=NOTES)
        bottom.imshow(members, cmap='Greys', aspect='auto', interpolation='nearest', vmin=0,
                      vmax=1, extent=(0, segments_end, k - 0.5, -0.5))
        bottom.set(xlabel='Time (s)', xlim=(0, end), ylabel='Cluster', yticks=range(k))
        figure.savefig(f'{audio_file}.segments.png')
        if 'ipykernel' in sys.modules:  # in a notebook
            from IPython.display import Image, display
            display(Image(filename=f'{audio_file}.segments.png'))
    except Exception as error:  # no permission, a full disk: the time line matters more
        print(f'No picture of {audio_file!r}: {error!r}', file=sys.stderr)


# %%
# The chromagram, in place of BregmanToolkit's
# An FFT gives the power of each window by frequency. Power is summed in 84 bands, one for each note
# of 7 octaves; its square root is the note's strength. A mean over the octaves leaves 12 notes.
HINT = 'ffmpeg -i OLD -ar 44100 NEW.wav may make a usable WAV file'


def read_wav(audio_file, min_samples=8192):
    """The rate (Hz) and the first channel of a WAV file; OSError if the file cannot be used."""
    if os.path.exists(audio_file) and not os.path.isfile(audio_file):  # a pipe might never end
        raise OSError(f'{audio_file!r}: not a file')
    with open(audio_file, 'rb') as file:
        try:
            rate, samples = wavfile.read(file)
        except Exception as error:  # SciPy raises all kinds of errors on a damaged file
            raise OSError(f'{audio_file!r}: SciPy cannot read it ({error}); {HINT}') from None
    samples = samples if samples.ndim == 1 else samples[:, 0]  # the first channel
    if len(samples) < min_samples or rate < 125:  # half of that is 62.5 Hz, the lowest note
        raise OSError(f'{audio_file!r}: {len(samples):,} samples at {rate:,} Hz, but at least '
                      f'{min_samples:,} samples and 125 Hz are needed; {HINT}')
    if samples.dtype == np.uint8:  # 8 bits are stored without a sign: 128 is silence
        samples = (samples.astype(np.int16) - 128) * 256
    if not -1e19 < samples.min() <= samples.max() < 1e19:  # NaN fails this, too
        raise OSError(f'{audio_file!r}: NaN, infinity or too large a number among its samples')
    return rate, samples


def note_bands(rate, nfft):
    """How much each FFT bin counts for each note: weights (84 notes x bins), from 62.5 Hz up."""
    freqs = np.fft.rfftfreq(nfft, 1 / rate)
    freqs = freqs[freqs < 10000]  # the highest band ends below that
    centers = 62.5 * 2 ** (np.arange(84)[:, np.newaxis] / 12)
    # A band's width is in proportion to a semitone, or to an FFT bin where that is wider. 0.5475,
    # the 2 in `norms`, and the square root in `window` (below) are BregmanToolkit's.
    widths = 0.5475 * np.maximum(centers * (2 ** (1 / 12) - 1), rate / nfft)
    weights = np.exp(-0.5 * ((centers - freqs) / widths) ** 2) * (centers <= rate / 2)
    weights[weights < 1e-17] = 0  # so that most weights are 0, and the matrix is sparse
    norms = 2 * np.linalg.norm(weights, axis=1, keepdims=True)
    norms[norms == 0] = 1  # no 0/0: a band above half the rate is empty
    return sparse.csr_array(weights / norms)


class Chromagram:
    """How strongly each of the 12 notes sounds over time: the same numbers as BregmanToolkit's.

    Parameters
    ----------
    audio_file : str
        A WAV file; its first channel is used.
    nfft, wfft, nhop : int
        Lengths of the FFT, of the window, and of the hop from one window to the next, in samples.

    Attributes
    ----------
    X : ndarray, shape (12, frames)
        Mean over 7 octaves, a row for each semitone from B (62.5 Hz) up. The last columns, for
        which no window is left, are zeros (their strongest note counts as B).

    Raises
    ------
    OSError
        If the file cannot be used.
    """

    def __init__(self, audio_file, nfft, wfft, nhop):
        rate, samples = read_wav(audio_file, max(wfft, nhop))
        full_scale = 1 if samples.dtype.kind == 'f' else 2.0 ** (8 * samples.itemsize - 1)
        window = (np.sqrt(np.hanning(wfft)) / (full_scale * nfft)).astype(np.float32)
        weights = note_bands(rate, nfft)
        hops = len(samples) // nhop
        ends = range(nhop, len(samples) + nhop, nhop)  # a window ends where a hop ends
        parts = [samples[end - wfft:end] for end in ends if end >= wfft][:hops]
        parts[-1] = np.pad(parts[-1], (0, wfft - len(parts[-1])))  # the last hop may be partial
        self.X = np.zeros((12, hops))
        for j in range(0, len(parts), 16):  # 16 windows fit in the processor's cache
            frames = window * np.array(parts[j:j + 16], np.float32)
            spectra = fft.rfft(frames, nfft, workers=-1)[:, :weights.shape[1]]  # below 10,000 Hz
            power = spectra.real ** 2 + spectra.imag ** 2
            notes = np.sqrt(weights @ power.T)
            self.X[:, j:j + len(frames)] = notes.reshape(7, 12, -1).mean(axis=0)  # of 7 octaves


# %%
# Listing 6: k-means over the segments, then a time line
# If all goes well, each cluster is a speaker.
if __name__ == '__main__':
    rate = usable_recording(audio_file, k)
    with tf.Session() as sess:
        X, chroma_data = get_dataset(sess, audio_file)
        print(np.shape(X))
        centroids = initial_cluster_centroids(X, k)
        i, converged = 0, False
        prev_Y = None
        while not converged and i < max_iterations:
            i += 1
            Y = sess.run(nearest, feed_dict={rows: X, old_centroids: centroids})
            converged = np.array_equal(Y, prev_Y)
            prev_Y = Y
            centroids = sess.run(new_centroids, feed_dict={rows: X, clusters: Y,
                                                           old_centroids: centroids})
            if i % 50 == 0:
                print('iteration', i)
        segments = Y
        for i in range(len(segments)):
            seconds = round(i * segment_size * 2205 / rate, 1)  # a frame every 2205 samples
            minutes, sec = divmod(seconds, 60)
            time_str = '{:.1f}m {:.1f}s'.format(minutes, sec)
            print(time_str, segments[i])
        save_picture(audio_file, rate, chroma_data, segments)
