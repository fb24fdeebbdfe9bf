"""Group similar sounds without being told which sound belongs where (Listings 1 to 4).

Each sound becomes a histogram of its notes, saved as NAME.wav.png; k-means groups these."""
import argparse
import io
import os
import sys
import warnings

# TensorFlow reads these at import: one silences its log (errors are still raised), the other skips
# Keras, which saves a second (tf.keras cannot be used in the same process).
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ.setdefault('TF_USE_LEGACY_KERAS', '1')

import numpy as np
import tensorflow.compat.v1 as tf
from matplotlib.figure import Figure
from scipy import fft, sparse
from scipy.io import wavfile

tf.logging.set_verbosity(tf.logging.ERROR)
tf.disable_v2_behavior()
warnings.simplefilter('ignore', wavfile.WavFileWarning)

# %% Settings
audio_folder = './audio_dataset'  # in a notebook, name a folder of your own here
k = 2  # clusters
max_iterations = 100

if '__file__' in globals():  # in a script, unlike a notebook's cells
    if not os.path.exists(audio_folder):  # look beside the script
        audio_folder = os.path.join(os.path.dirname(os.path.realpath(__file__)), audio_folder)
    if os.path.basename(sys.argv[0]) == os.path.basename(__file__):  # run as a program
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument('folder', nargs='?', default=audio_folder, help='default: %(default)s')
        audio_folder = parser.parse_args().folder
        if hasattr(sys.stdout, 'reconfigure'):  # escape what a terminal cannot show
            sys.stdout.reconfigure(errors='backslashreplace')

# %% Listing 1: walk a folder of sound files
# A queue hands out file names, always in the same order. (Listing 4 loads only the usable files.)
filenames = tf.train.match_filenames_once(os.fsencode(f'{audio_folder}/*.wav'))
count_num_files = tf.size(filenames)
filename_queue = tf.train.string_input_producer(filenames, shuffle=False)
reader = tf.WholeFileReader()
filename, file_contents = reader.read(filename_queue)


# %% Listing 2: turn a sound into a matrix of 12 notes x time
# A chromagram says how strongly each note sounds in each frame. A frame is a window of 8192
# samples, padded with zeros to 16384 for the FFT; one starts every 2205. (At 44,100 Hz, a frame
# covers 0.19 s, and one starts every 0.05 s.)
def get_chromagram(audio_file):
    """The chromagram (12 x frames) of a sound."""
    F = Chromagram(audio_file, nfft=16384, wfft=8192, nhop=2205)
    return F.X


# %% Listing 3: turn each sound into a feature vector, and the folder into a data set
# A feature vector sums up a sound, however long, in 12 numbers: how often each note is strongest.
chroma = tf.placeholder(tf.float32)
max_freqs = tf.argmax(chroma, 0)  # the strongest note of each frame


def get_next_chromagram(sess):
    """The chromagram (12 x frames) of the next sound in the queue, and the name of its file."""
    audio_file = os.fsdecode(sess.run(filename))
    print('Loading', audio_file)
    return get_chromagram(audio_file), audio_file


def extract_feature_vector(sess, chroma_data):
    """The share of frames in which each note is the strongest: 12 numbers from 12 x frames."""
    num_features, num_samples = np.shape(chroma_data)
    freq_vals = sess.run(max_freqs, feed_dict={chroma: chroma_data})
    hist, bins = np.histogram(freq_vals, bins=range(num_features + 1))
    return hist.astype(float) / num_samples


def get_dataset(sess):
    """A feature vector for each sound (sounds x 12), and the names of their files."""
    num_files = sess.run(count_num_files)
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(coord=coord)
    xs, names = [], []
    for _ in range(num_files):
        chroma_data, audio_file = get_next_chromagram(sess)
        x = extract_feature_vector(sess, chroma_data)
        save_picture(audio_file, chroma_data, x)
        xs.append(x)
        names.append(audio_file)
    coord.request_stop()
    coord.join(threads)
    return np.array(xs), names


# %% Your own folder
# Each sound is read once before the queue starts, and skipped if it cannot be used.
def usable_files(audio_folder, k):
    """The paths of a folder's sounds (bytes); ends the run with a line if they are fewer than k."""
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
        sys.exit(f'{str(audio_folder)!r}: {len(usable)} usable sounds, but k = {k} needs at least '
                 f'{k}. Only .wav files in this folder itself are used; {HINT}')
    return usable


if __name__ == '__main__':  # where a notebook runs Listing 1 again, only its last queue is kept
    for key in (tf.GraphKeys.QUEUE_RUNNERS, tf.GraphKeys.LOCAL_VARIABLES):
        del tf.get_collection_ref(key)[:-1]

# %% The picture of a sound
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
        if 'get_ipython' in globals():
            from IPython.display import Image, display
            display(Image(filename=f'{audio_file}.png'))
    except Exception as error:  # no permission, a full disk: the clusters matter more
        print(f'No picture of {audio_file!r}: {error!r}', file=sys.stderr)


# %% The chromagram, in place of BregmanToolkit's
# An FFT gives each window's power by frequency. It is added up in 84 bands, one for each note of 7
# octaves; the square root is the note's strength, and the mean over the octaves leaves 12 notes.
HINT = 'ffmpeg -i OLD -ar 44100 NEW.wav may make a usable WAV file'


def read_wav(audio_file, least=8192):
    """Rate (Hz) and first channel of a WAV file; OSError if unusable or under `least` samples."""
    if not os.path.isfile(audio_file):  # reading a pipe could wait for ever
        raise OSError(f'{audio_file!r}: not a file')
    with open(audio_file, 'rb') as file:
        try:
            rate, samples = wavfile.read(file)
        except Exception as error:  # SciPy raises all kinds of errors on a damaged file
            try:
                rate, samples = wavfile.read(without_cut_sample(file))
            except Exception:
                raise OSError(f'{audio_file!r}: {error}; {HINT}') from None
    samples = samples if samples.ndim == 1 else samples[:, 0]
    if rate < 125 or len(samples) < least:
        raise OSError(f'{audio_file!r}: too short: {len(samples):,} samples at {rate:,} Hz; one '
                      f'window needs {least:,}, at 125 Hz or more; {HINT}')
    if samples.dtype.kind == 'f' and not -1e15 < samples.min() <= samples.max() < 1e15:  # or NaN
        raise OSError(f'{audio_file!r}: NaN, infinity or too large a number among its samples')
    return rate, samples


def without_cut_sample(file):
    """A copy of an open WAV file that was cut off within a sample, without that last part."""
    file.seek(0)
    header = file.read(10000)
    block_align = header[header.index(b'fmt ') + 20]  # bytes of one sample, all channels
    start = header.index(b'data') + 8
    length = int.from_bytes(header[start - 4:start], 'little')
    length = min(length, os.path.getsize(file.name) - start)
    file.seek(0)
    return io.BytesIO(file.read(start + length - length % block_align))


def note_bands(rate, nfft):
    """How much each FFT bin counts for each note: weights (84 notes x bins), from 62.5 Hz up."""
    freqs = np.arange(nfft // 2 + 1) * rate / nfft
    freqs = freqs[freqs < 10000]  # the highest band ends below that
    centers = 62.5 * 2 ** (np.arange(84)[:, np.newaxis] / 12)
    widths = 0.5475 * np.maximum(centers * (2 ** (1 / 12) - 1), rate / nfft)  # a semitone, or a bin
    weights = np.exp(-0.5 * ((centers - freqs) / widths) ** 2) * (centers <= rate / 2)
    weights[weights < 1e-17] = 0  # too small to matter
    norms = 2 * np.linalg.norm(weights, axis=1, keepdims=True)
    norms[norms == 0] = 1  # a band above half the rate holds nothing
    return sparse.csr_array(weights / norms)  # most weights are 0


class Chromagram:
    """How strongly each of the 12 notes sounds over time: the same numbers as BregmanToolkit's.

    Parameters
    ----------
    audio_file : str
        A WAV file; its first channel is used.
    nfft, wfft, nhop : int
        Lengths of the FFT, the window and the hop between windows, in samples.

    Attributes
    ----------
    X : ndarray, shape (12, frames)
        Mean over 7 octaves, a row for each semitone from B (62.5 Hz) up. The last columns, for
        which no window is left, are zeros (their strongest note counts as B).

    Raises OSError if the file cannot be used.
    """

    def __init__(self, audio_file, nfft, wfft, nhop):
        rate, samples = read_wav(audio_file, max(wfft, nhop))
        silence = np.float32(128 if samples.dtype == np.uint8 else 0)
        loudest = 1 if samples.dtype.kind == 'f' else 2.0 ** (8 * samples.itemsize - 1)
        window = (np.sqrt(np.hanning(wfft)) / (loudest * nfft)).astype(np.float32)
        weights = note_bands(rate, nfft)
        hops = len(samples) // nhop
        ends = range(nhop, len(samples) + nhop, nhop)  # of the hops; a window ends with a hop
        starts = [end - wfft for end in ends if end >= wfft][:hops]
        self.X = np.zeros((12, hops))
        for j in range(0, len(starts), 16):  # 16 windows at a time, to stay in the cache
            if j and j % 12000 == 0:  # every 10 minutes at 44,100 Hz
                print(f'{audio_file!r}: {j * nhop / rate / 60:.0f} minutes', file=sys.stderr)
            block = starts[j:j + 16]
            frames = np.zeros((len(block), nfft), np.float32)
            for frame, start in zip(frames, block):
                part = samples[start:start + wfft] - silence
                frame[:len(part)] = part * window[:len(part)]
            spectra = fft.rfft(frames, workers=-1)[:, :weights.shape[1]]
            power = spectra.real ** 2 + spectra.imag ** 2
            notes = np.sqrt(weights @ power.T)
            self.X[:, j:j + len(block)] = notes.reshape(7, 12, -1).mean(axis=0)


# %% Listing 4: k-means
# Each row joins the cluster whose middle (centroid) is nearest; this moves to the mean of its rows.
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


# The page's two steps, assign and recompute, are built once and fed in the loop; if the loop built
# them, it would add nodes each time. The mean of no rows is NaN: the old centroid stays.
rows = tf.placeholder(tf.float64, [None, None])
old_centroids = tf.placeholder(tf.float64, [None, None])
nearest = assign_cluster(rows, old_centroids)
means = recompute_centroids(rows, nearest)
new_centroids = tf.where(tf.is_nan(means), old_centroids, means)
init = tf.local_variables_initializer()  # sets `filenames`

if __name__ == '__main__':
    usable = usable_files(audio_folder, k)
    with tf.Session() as sess:
        sess.run(init)
        filenames.load(usable, sess)
        X, names = get_dataset(sess)
        centroids = initial_cluster_centroids(X, k)
        i, converged, Y = 0, False, None
        while not converged and i < max_iterations:
            i += 1
            prev_Y = Y
            Y, centroids = sess.run([nearest, new_centroids], {rows: X, old_centroids: centroids})
            converged = np.array_equal(Y, prev_Y)
        print(list(zip(Y.tolist(), names)))
