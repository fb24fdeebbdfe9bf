"""Group similar sounds without being told which sound belongs where (Listings 1 to 4).

Twelve numbers sum up a sound: how often each of the 12 notes is the strongest in it. k-means groups
the sounds by these numbers. A picture of each sound is saved beside its file, as NAME.wav.png."""
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
audio_folder = './audio_dataset'  # in a notebook, name your own folder here
k = 2  # clusters
max_iterations = 100

# %%
# Listing 1: walk a folder of sound files
# A queue hands out the names of the files, always in the same order; Listing 3 takes them from it.
# `filenames` is a TensorFlow variable: Listing 4 puts only the names of usable files into it.
filenames = tf.train.match_filenames_once(f'{audio_folder}/*.wav')
count_num_files = tf.size(filenames)
filename_queue = tf.train.string_input_producer(filenames, shuffle=False)
reader = tf.WholeFileReader()
filename, file_contents = reader.read(filename_queue)


# %%
# Listing 2: turn a sound into a matrix of 12 notes x time
# A chromagram says how strongly each note sounds in each frame. A frame is a window of 8192
# samples, padded with zeros to 16384 for the FFT. The next frame starts 2205 samples later. (At a
# sampling rate of 44,100 Hz, a frame covers 0.19 s, and the next one starts 0.05 s later.)
def get_chromagram(audio_file):
    """The chromagram (12 x frames) of a sound."""
    F = Chromagram(audio_file, nfft=16384, wfft=8192, nhop=2205)
    return F.X


# %%
# Listing 3: turn each sound into a feature vector, and the folder into a data set
# A feature vector sums up a sound, however long, in 12 numbers: how often each note is strongest.
chroma = tf.placeholder(tf.float32)
max_freqs = tf.argmax(chroma, 0)  # the strongest note of each frame


def get_next_chromagram(sess):
    """The chromagram (12 x frames) of the next sound in the queue, and the name of its file."""
    audio_file = os.fsdecode(sess.run(filename))
    print('Loading {}'.format(audio_file))
    F = Chromagram(audio_file, nfft=16384, wfft=8192, nhop=2205)
    return F.X, audio_file


def extract_feature_vector(sess, chroma_data):
    """For each of the 12 notes, the share of frames (the columns) in which it is the strongest."""
    num_features, num_samples = np.shape(chroma_data)
    freq_vals = sess.run(max_freqs, feed_dict={chroma: chroma_data})
    hist, bins = np.histogram(freq_vals, bins=range(num_features + 1))
    return hist.astype(float) / num_samples


def get_dataset(sess):
    """A feature vector for each sound (sounds x 12), and the names of the files."""
    num_files = sess.run(count_num_files)
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(coord=coord)
    xs = []
    names = []
    for _ in range(num_files):
        chroma_data, audio_file = get_next_chromagram(sess)
        x = extract_feature_vector(sess, chroma_data)
        save_picture(audio_file, chroma_data, x)
        xs.append(x)
        names.append(audio_file)
    coord.request_stop()
    coord.join(threads)
    return np.array(xs), names


# %%
# Your own folder
# `python audio_clustering.py FOLDER` uses that folder instead of the one in the settings.
if __name__ == '__main__' and '__file__' in globals():  # not in a notebook
    if not os.path.exists(audio_folder):  # look beside this script
        audio_folder = os.path.join(os.path.dirname(os.path.realpath(__file__)), audio_folder)
    if os.path.basename(sys.argv[0]) == os.path.basename(__file__):  # not in an editor's cell
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument('folder', nargs='?', default=audio_folder, help='default: %(default)s')
        audio_folder = parser.parse_args().folder
        if hasattr(sys.stdout, 'reconfigure'):  # escape what a terminal cannot show
            sys.stdout.reconfigure(errors='backslashreplace')


def usable_files(audio_folder, k):
    """The paths (bytes) of the usable sounds in a folder; exits with one line if too few."""
    try:
        names = sorted(os.listdir(audio_folder))
    except OSError as error:
        sys.exit(error)
    usable = []
    for name in names:
        if name.lower().endswith('.wav'):
            audio_file = os.path.join(audio_folder, name)
            try:
                read_wav(audio_file)
                usable.append(os.fsencode(audio_file))
            except OSError as error:
                print('Skipping', error, file=sys.stderr)
    if len(usable) < k:
        sys.exit(f'{str(audio_folder)!r}: usable sounds: {len(usable)}, but k = {k} needs at least '
                 f'{k}. Only .wav files in this folder itself are used; {HINT}')
    # Keep only the last queue: in a notebook, each run of Listing 1 adds another.
    del tf.get_collection_ref(tf.GraphKeys.QUEUE_RUNNERS)[:-1]
    return usable


# %%
# The picture of a sound
# Left: the chromagram, with a dot on each frame's strongest note; right: each note's share of dots.
NOTES = 'B C C♯ D D♯ E F F♯ G G♯ A A♯'.split()


def save_picture(audio_file, chroma_data, x):
    """Save a picture as NAME.wav.png, and show it in a notebook; a failure is only reported."""
    try:
        figure = Figure(figsize=(10, 4))
        figure.suptitle(os.path.basename(audio_file), parse_math=False)
        left, right = figure.subplots(1, 2, sharey=True)
        left.imshow(chroma_data, cmap='Greys', aspect='auto', origin='lower',
                    interpolation='nearest')
        left.plot(chroma_data.argmax(axis=0), '.', markersize=3, color='red')
        left.set(xlabel='Frame (at 44,100 Hz, one every 0.05 s)',
                 ylabel='Note', yticks=range(12), yticklabels=NOTES)
        right.barh(range(12), x)
        right.set(xlabel='Share of frames in which the note is the strongest', xlim=(0, 1))
        figure.savefig(f'{audio_file}.png')
        if 'ipykernel' in sys.modules:  # in a notebook
            from IPython.display import Image, display
            display(Image(filename=f'{audio_file}.png'))
    except Exception as error:  # no permission, a full disk: the clusters matter more
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
# Listing 4: k-means
# Two steps take turns: each row (the feature vector of a sound) joins the cluster whose centroid is
# nearest; then each centroid moves to the mean of its cluster's rows.
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

if __name__ == '__main__':
    usable = usable_files(audio_folder, k)
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        filenames.load(usable, sess)
        X, names = get_dataset(sess)
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
        print(list(zip(Y.tolist(), names)))
