"""Put similar sounds into one group, with nobody telling which sound belongs where (Listings 1-4).

Each becomes a histogram of its strongest notes, which k-means groups; NAME.wav.png shows both.
"""
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
audio_folder = './audio_dataset'
k = 2  # clusters
max_iterations = 100
this_file = os.path.realpath(globals().get('__file__', 'a notebook'))
if os.path.dirname(this_file) != os.getcwd():
    audio_folder = os.path.normpath(os.path.join(this_file, '..', audio_folder))
if os.path.realpath(sys.argv[0]) == this_file:  # it is run as a program
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', nargs='?', default=audio_folder, help='default: %(default)s')
    audio_folder = parser.parse_args().folder.replace(os.sep, '/')
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name may hold what a terminal cannot show
        sys.stdout.reconfigure(errors='backslashreplace')

# %% Listing 1: walk a folder of sound files
# TensorFlow finds the files by a pattern, and a queue hands out their names, always in one order.
tf.get_default_graph().clear_collection('queue_runners')  # a notebook's, of an earlier run
folder = os.path.realpath(audio_folder) if '..' in audio_folder else audio_folder
pattern = re.sub(rb'([][*?\\])', rb'\\\1', os.fsencode(folder).rstrip(b'/')) + b'/*.wav'
filenames = tf.train.match_filenames_once(pattern)
count_num_files = tf.size(filenames)
filename_queue = tf.train.string_input_producer(filenames, shuffle=False)
reader = tf.WholeFileReader()
filename, file_contents = reader.read(filename_queue)
reset_reader = reader.reset()  # without it, a reader that has failed on a file fails for ever


# %% Listing 2: turn a sound into a matrix of 12 notes x time
# A chromagram says which notes sound, and when.
def get_chromagram(audio_file):
    """The chromagram (12 x frames) of a sound."""
    F = Chromagram(audio_file, nfft=16384, wfft=8192, nhop=2205)
    return F.X


# %% Listing 3: turn each sound into a feature vector, and the folder into a data set
# However long a sound is, it becomes 12 numbers: how often each note is the strongest one.
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
    xs, names, unsaved = [], [], []
    for _ in range(num_files):
        try:
            chroma_data, audio_file = get_next_chromagram(sess)
        except (OSError, tf.errors.OpError) as error:
            reason = str(getattr(error, 'message', error)).partition('\n\t')[0].splitlines()[-1]
            print('Leaving out', reason, file=sys.stderr)
            sess.run(reset_reader)
            continue
        print('Loading', audio_file)
        x = extract_feature_vector(sess, chroma_data)
        save_picture(audio_file, chroma_data, unsaved)
        xs.append(x)
        names.append(audio_file)
    coord.request_stop()
    coord.join(threads)
    return np.array(xs), names


# %% Your own folder
# What cannot be used is left out, with a line that says why; the other sounds are clustered.
def choose_files(sess):
    """Leave in `filenames` what can be opened, before the queue starts; OSError if nothing can."""
    others = [repr(name) for name in sorted(os.listdir(audio_folder))
              if re.search(r'\.(?!wav$)(?i:wav|mp3|flac|ogg|m4a|aiff?)$', name)]
    if len(others) > 3:
        others[3:] = [f'and {len(others) - 3} more']
    hint = f"Not .wav: {', '.join(others)}. Rename .WAV, convert the rest as README.md says."
    usable = []
    for name in map(os.fsdecode, sess.run(filenames)):
        if os.path.isfile(name) and os.access(name, os.R_OK):
            usable.append(os.fsencode(name))
        else:
            print(f'Leaving out {name!r}: not a file that can be opened', file=sys.stderr)
    if not usable:
        reason = 'it holds no .wav file that can be opened.'
        raise OSError(f'{audio_folder!r}: {reason} {hint if others else ""}')
    if others:
        print(hint, file=sys.stderr)
    filenames.load(usable, sess)


# %% The picture of a sound
# The chromagram, and how often each note is the strongest one.
def save_picture(audio_file, chroma_data, unsaved):
    """Save a picture of a sound as NAME.wav.png; the first that fails is reported and listed."""
    figure = plt.figure(figsize=(10, 4))
    plt.subplot(1, 2, 1, title='Chromagram', xlabel='Frame', ylabel='Note (0 is B)')
    plt.imshow(chroma_data, cmap='Greys', interpolation='nearest', aspect='auto')
    plt.subplot(1, 2, 2, title='Strongest notes', xlabel='Note (0 is B)', ylabel='Frames')
    plt.hist(chroma_data.argmax(axis=0), bins=np.arange(13) - 0.5, rwidth=0.9)
    try:
        figure.savefig(audio_file + '.png')
    except OSError as error:
        if not unsaved:
            print('No picture:', error, file=sys.stderr)
        unsaved.append(audio_file)
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


# %% Listing 4: k-means
# Rows join the nearest centroid, centroids move to the mean of their rows, until no row changes.
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
    sys.exit(f'k = {k}, max_iterations = {max_iterations}: both must be whole numbers from 1')
rows = tf.placeholder(tf.float64, [None, None])
old_centroids = tf.placeholder(tf.float64, [None, None])
assignments = assign_cluster(rows, old_centroids)
means = recompute_centroids(rows, assignments)
new_centroids = tf.where(tf.is_nan(means), old_centroids, means)  # without rows, it stays
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
            Y, centroids = sess.run([assignments, new_centroids],
                                    feed_dict={rows: X, old_centroids: centroids})
            converged = np.array_equal(Y, prev_Y)
        print(list(zip(Y.tolist(), names)))
