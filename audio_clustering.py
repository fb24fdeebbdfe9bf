"""Group similar sounds without being told which sound belongs where (Listings 1 to 4).

Each sound becomes a histogram of its notes, saved as NAME.wav.png; k-means groups these."""
import argparse
import io
import os
import re
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
audio_folder = './audio_dataset'  # in a notebook, name a folder of your own here
k = 2  # clusters
max_iterations = 100
this_file = os.path.realpath(globals().get('__file__', 'a notebook'))
if os.path.dirname(this_file) != os.getcwd():
    audio_folder = os.path.normpath(os.path.join(this_file, '..', audio_folder))
if os.path.realpath(sys.argv[0]) == this_file:  # run as a program
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', nargs='?', default=audio_folder, help='default: %(default)s')
    audio_folder = parser.parse_args().folder.replace(os.sep, '/')
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name may hold what a terminal cannot show
        sys.stdout.reconfigure(errors='backslashreplace')

# %% Listing 1: walk a folder of sound files
# TensorFlow finds the files by a pattern; a queue hands out their names, always in the same order.
tf.get_default_graph().clear_collection('queue_runners')  # left by a notebook's earlier run
folder = os.path.realpath(audio_folder) if '..' in audio_folder else audio_folder
pattern = re.sub(rb'([][*?\\])', rb'\\\1', os.fsencode(folder).rstrip(b'/')) + b'/*.wav'
filenames = tf.train.match_filenames_once(pattern)
count_num_files = tf.size(filenames)
filename_queue = tf.train.string_input_producer(filenames, shuffle=False)
reader = tf.WholeFileReader()
filename, file_contents = reader.read(filename_queue)
reset_reader = reader.reset()  # a reader that has failed keeps failing until it is reset


# %% Listing 2: turn a sound into a matrix of 12 notes x time
# A chromagram says how strongly each note sounds in each frame, a window of a fifth of a second.
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
    return get_chromagram(audio_file), audio_file


def extract_feature_vector(sess, chroma_data):
    """The share of frames in which each note is the strongest: 12 numbers from 12 x frames."""
    num_features, num_samples = np.shape(chroma_data)
    freq_vals = sess.run(max_freqs, feed_dict={chroma: chroma_data})
    hist, bins = np.histogram(freq_vals, bins=range(num_features + 1))
    return hist / num_samples


def get_dataset(sess):
    """A feature vector for each sound (sounds x 12), and the names of their files."""
    num_files = sess.run(count_num_files)
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess, coord)
    xs, names = [], []
    for _ in range(num_files):
        try:
            chroma_data, audio_file = get_next_chromagram(sess)
        except (OSError, tf.errors.OpError) as error:
            reason = str(getattr(error, 'message', error)).partition('\n\t')[0].splitlines()[-1]
            print('Skipping', reason, file=sys.stderr)
            sess.run(reset_reader)
            continue
        print('Loading', audio_file)
        x = extract_feature_vector(sess, chroma_data)
        save_picture(audio_file, chroma_data, x)
        xs.append(x)
        names.append(audio_file)
    coord.request_stop()
    coord.join(threads)
    return np.array(xs), names


# %% Your own folder
# A file that cannot be used is skipped, with a line that says why; the others are clustered.
def choose_files(sess):
    """Take what cannot be opened off `filenames`, before the queue starts; OSError if none stay."""
    others = [repr(name) for name in sorted(os.listdir(audio_folder))
              if re.search(r'\.(?!wav$)(?i:wav|mp3|flac|ogg|m4a|aiff?)$', name)]
    if len(others) > 3:
        others[3:] = [f'and {len(others) - 3} more']
    hint = f"Not used: {', '.join(others)}. Rename .WAV to .wav; see README.md to convert others."
    found = sess.run(filenames)
    usable = [name for name in found if os.path.isfile(name) and os.access(name, os.R_OK)]
    for name in sorted(set(found) - set(usable)):
        print(f'Skipping {os.fsdecode(name)!r}: not a file that can be opened', file=sys.stderr)
    if not usable:
        raise OSError(f'{audio_folder!r}: no .wav file to open. {hint if others else ""}')
    if others:
        print(hint, file=sys.stderr)
    filenames.load(usable, sess)


# %% The picture of a sound
# On the left its chromagram, on the right its feature vector, with the notes in the same order.
NOTES = 'B C C♯ D D♯ E F F♯ G G♯ A A♯'.split()


def save_picture(audio_file, chroma_data, x):
    """Save a picture as NAME.wav.png, and show it in a notebook; a failure is only reported."""
    try:
        warnings.filterwarnings('ignore', 'Glyph')  # a title may hold what the font lacks
        rate, samples = read_wav(audio_file)
        figure, (left, right) = plt.subplots(1, 2, sharey=True, figsize=(10, 4))
        title = os.path.basename(audio_file).encode(errors='backslashreplace').decode()
        figure.suptitle(title, parse_math=False)
        left.imshow(chroma_data, cmap='Greys', aspect='auto', origin='lower',
                    extent=(0, len(samples) / rate, -0.5, 11.5))
        left.set(xlabel='Time (s)', ylabel='Note', yticks=range(12), yticklabels=NOTES)
        right.barh(range(12), x)
        right.set(xlabel='Share of frames in which the note is the strongest')
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


# %% Listing 4: k-means
# Each row joins the nearest centroid, the middle of a cluster, which then moves to their mean.
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


if not all(isinstance(n, int) and n > 0 for n in (k, max_iterations)):
    sys.exit(f'k = {k}, max_iterations = {max_iterations}: whole numbers of at least 1 are needed')
rows = tf.placeholder(tf.float64, [None, None])
old_centroids = tf.placeholder(tf.float64, [None, None])
nearest = assign_cluster(rows, old_centroids)
means = recompute_centroids(rows, nearest)
new_centroids = tf.where(tf.is_nan(means), old_centroids, means)  # without rows: the old one
init = [tf.global_variables_initializer(), tf.local_variables_initializer()]

if __name__ == '__main__':
    with tf.Session() as sess:
        sess.run(init)
        try:
            choose_files(sess)
            X, names = get_dataset(sess)
        except (OSError, ValueError) as error:
            sys.exit(error)
        if len(X) < k:
            sys.exit(f'{audio_folder!r}: {len(X)} usable sounds, but k = {k} needs at least {k}')
        centroids = initial_cluster_centroids(X, k)
        i, converged, Y = 0, False, None
        while not converged and i < max_iterations:
            i += 1
            prev_Y = Y
            Y, centroids = sess.run([nearest, new_centroids], {rows: X, old_centroids: centroids})
            converged = np.array_equal(Y, prev_Y)
        print(list(zip(Y.tolist(), names)))
