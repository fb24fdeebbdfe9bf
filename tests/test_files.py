"""Any WAV file works or is left out with one line, any folder works or is refused with one line; nothing is lost."""
import ast
import os
import pathlib
import struct
import tempfile
import tracemalloc
import warnings

import numpy as np
import pytest
from helpers import ROOT, load, run, tone, write
from scipy.io import wavfile

SCRIPT = load('audio_segmentation')
CHORD = tone(440, 1760, seconds=0.5)  # 22,050 samples
FLOAT = CHORD / 32768


def riff(codec, bits, data, channels=1, rate=44100, extensible=False, before=b'', after=b'', claim=None, align=None):
    """The bytes of a WAV file, with any of its fields as one likes."""
    align = channels * bits // 8 if align is None else align
    fmt = struct.pack('<HHIIHH', 0xFFFE if extensible else codec, channels, rate, rate * align, align, bits)
    if extensible:
        fmt += struct.pack('<HHI', 22, bits, 0) + struct.pack('<H', codec) + bytes.fromhex(
            '000000001000800000aa00389b71')
    size = len(data) if claim is None else claim
    body = (b'WAVEfmt ' + struct.pack('<I', len(fmt)) + fmt + before
            + b'data' + struct.pack('<I', size) + data + b'\0' * (size % 2) + after)
    return b'RIFF' + struct.pack('<I', 0xFFFFFFFF if size == 0xFFFFFFFF else len(body) + size - len(data)) + body


def left_justified(bits):
    """The chord as integers of 24 or 32 bits, as bytes."""
    return (CHORD.astype('<i4') << 16).view('u1').reshape(-1, 4)[:, 4 - bits // 8:].tobytes()


def in_channels(count):
    """The chord in the first of several channels, noise in the others."""
    other = tone(seconds=0.5, seed=1)
    return np.stack([CHORD] + [other] * (count - 1), axis=1).astype('<i2').tobytes()


PCM16 = CHORD.astype('<i2').tobytes()
CHUNK = b'bext' + struct.pack('<I', 5) + b'abcde\0'
SAME_MUSIC = [  # what, the file, tolerance as a share of the largest value
    ('16 bit', riff(1, 16, PCM16), 0),
    ('8 bit', riff(1, 8, (np.round(CHORD / 256) + 128).astype('u1').tobytes()), 0.01),
    ('24 bit', riff(1, 24, left_justified(24)), 1e-6),
    ('32 bit', riff(1, 32, left_justified(32)), 1e-6),
    ('32-bit float', riff(3, 32, FLOAT.astype('<f4').tobytes()), 1e-6),
    ('64-bit float', riff(3, 64, FLOAT.astype('<f8').tobytes()), 1e-6),
    ('16 bit, extensible', riff(1, 16, PCM16, extensible=True), 0),
    ('24 bit, extensible', riff(1, 24, left_justified(24), extensible=True), 1e-6),
    ('float, extensible', riff(3, 32, FLOAT.astype('<f4').tobytes(), extensible=True), 1e-6),
    ('stereo', riff(1, 16, in_channels(2), 2), 0),
    ('six channels', riff(1, 16, in_channels(6), 6), 0),
    ('chunks before and after', riff(1, 16, PCM16, before=CHUNK, after=CHUNK), 0),
    ('half a chunk after', riff(1, 16, PCM16, after=CHUNK[:6]), 0),
    ('a stream, without a length', riff(1, 16, PCM16, claim=0xFFFFFFFF), 0),
    ('a stream of 24 bit', riff(1, 24, left_justified(24), claim=0xFFFFFFFF), 1e-6),
    ('a claim of 2 GB', riff(1, 16, PCM16, claim=2 ** 31), 0),
    ('cut off', riff(1, 16, PCM16 + bytes(9000))[:-9000], 0),
    ('cut off amid a sample', riff(1, 16, PCM16 + bytes(9000))[:-8999], 0),
    ('cut off amid six samples', riff(1, 16, in_channels(6) + bytes(9000), 6)[:-8991], 0),
    ('24 bit, cut off amid a sample', riff(1, 24, left_justified(24) + bytes(9000))[:-8998], 1e-6),
]


def chromagram(path):
    """The page's call, with every warning an error but SciPy's about chunks."""
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        warnings.simplefilter('ignore', wavfile.WavFileWarning)
        return SCRIPT['Chromagram'](str(path), nfft=16384, wfft=8192, nhop=2205)


@pytest.mark.parametrize('what, content, tolerance', SAME_MUSIC, ids=[row[0] for row in SAME_MUSIC])
def test_same_music_in_another_format_has_the_same_chromagram(what, content, tolerance, tmp_path):
    (tmp_path / 'sound.wav').write_bytes(content)
    expected = chromagram(write(tmp_path / 'plain.wav', CHORD)).X
    tracemalloc.start()
    F = chromagram(tmp_path / 'sound.wav')
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert F.sample_rate == 44100 and F.X.shape == expected.shape
    np.testing.assert_allclose(F.X, expected, rtol=0, atol=tolerance * expected.max())
    assert peak < 50e6  # whatever the header claims


@pytest.mark.filterwarnings('error::scipy.io.wavfile.WavFileWarning')  # a reader would see them on stderr
def test_a_folder_of_all_formats_is_clustered_without_a_word(tmp_path):
    for what, content, _ in SAME_MUSIC:
        (tmp_path / f'{what}.wav').write_bytes(content)
    status, out, err, names = run('audio_clustering', tmp_path)
    assert (status, err) == (0, '')
    assert len(ast.literal_eval(out.splitlines()[-1])) == len(SAME_MUSIC)
    assert np.ptp(names['X'], axis=0).max() == 0


def test_bands_above_half_the_rate_add_nothing():
    centers = 62.5 * 2 ** (np.arange(84) / 12)
    for rate in (1, 130, 7000, 8000, 44100):
        used = [weights.any(axis=1) for _, weights in SCRIPT['note_bands'](rate, 16384)]
        np.testing.assert_array_equal(np.concatenate(used), centers <= rate / 2)


@pytest.mark.parametrize('rate', [8000, 11025, 16000, 22050, 32000, 48000, 96000, 192000])
def test_same_notes_come_out_at_any_rate(rate, tmp_path):
    for note in range(12):
        pitch = 62.5 * 2 ** (4 + note / 12)
        F = chromagram(write(tmp_path / 'sound.wav', tone(pitch, 2 * pitch, seconds=12000 / rate, rate=rate), rate))
        assert F.sample_rate == rate
        assert F.X[:, 0].argmax() == note


REFUSED = [  # name, the file, what its line says
    ('24 bit and a loose byte', riff(1, 24, left_justified(24) + b'x\0', claim=3 * len(CHORD) + 1) + 20 * CHUNK, 'no whole number'),
    ('unfinished', riff(1, 16, PCM16, claim=0), 'never finished'),
    ('unfinished from the start', b'RIFF\0\0\0\0' + riff(1, 16, PCM16, claim=0)[8:], 'repair'),
    ('rate 124', riff(1, 16, PCM16, rate=124), 'rate, 124 Hz'),
    ('text', b'These are no samples, and there is no header before them.', 'not understood'),
    ('mp3 renamed', b'ID3\4\0\0\0\0\0\0\xff\xfb\x90\x44' + bytes(20000), 'not understood'),
    ('zero bytes', b'', 'not understood'),
    ('no data chunk', riff(1, 16, PCM16).replace(b'data', b'junk'), 'bad header'),
    ('0 channels', riff(1, 16, PCM16, 0, align=2), 'bad header'),
    ('rate 0', riff(1, 16, PCM16, rate=0), 'rate, 0 Hz'),
    ('adpcm', riff(2, 4, PCM16, align=1), 'ADPCM'),
    ('mu-law', riff(7, 8, PCM16), 'MULAW'),
    ('mu-law, extensible', riff(7, 8, PCM16, extensible=True), 'MULAW'),
    ('16-bit float', riff(3, 16, PCM16), '16-bit floating'),
    ('no samples', riff(1, 16, b''), 'header was never finished'),
    ('too short', riff(1, 16, PCM16[:2 * 8191]), '8,191 samples'),
    ('NaN', riff(3, 32, np.where(np.arange(20000) == 19999, np.nan, 0).astype('<f4').tobytes()), 'NaN'),
    ('infinity', riff(3, 64, np.where(np.arange(20000) == 7, -np.inf, 0).astype('<f8').tobytes()), 'infinity'),
    ('beyond single precision', riff(3, 64, np.full(20000, 1e200).tobytes()), 'too large'),
    ('wrong form', riff(1, 16, PCM16).replace(b'WAVE', b'AVI '), 'Not a WAV file'),
]


def test_a_folder_is_clustered_without_the_files_that_are_no_use(tmp_path):
    for name, content, _ in REFUSED:
        (tmp_path / f'{name}.wav').write_bytes(content)
    for name in 'xyz':
        write(tmp_path / f'{name}.wav', tone(440 if name == 'y' else 550, seconds=0.5))
    status, out, err, _ = run('audio_clustering', tmp_path)
    assert status == 0
    assert ast.literal_eval(out.splitlines()[-1]) == [(c, f'{tmp_path}/{n}.wav') for c, n in zip((0, 1, 0), 'xyz')]
    lines = err.splitlines()
    assert len(lines) == len(REFUSED)
    for (name, _, reason), line in zip(sorted(REFUSED, key=lambda row: f'{row[0]}.wav'), lines):
        assert f"{name}.wav'" in line and reason in line.split('.wav', 1)[1]


@pytest.mark.parametrize('name, content, reason', REFUSED, ids=[row[0] for row in REFUSED])
def test_segmentation_refuses_what_is_no_use(name, content, reason, tmp_path):
    (tmp_path / 'recording.wav').write_bytes(content)
    status, _, err, _ = run('audio_segmentation', tmp_path / 'recording.wav')
    assert status == 1
    assert len(err.splitlines()) == 1 and 'recording.wav' in err and reason in err


@pytest.mark.parametrize('samples, says', [(100 * 2205, None), (100 * 2205 - 1, ['1 whole', '50 frames', 'at least 2']),
                                           (8192, ['0 whole']), (4000, ['4,000', '0.09 s', '8,192', '0.19 s'])])
def test_segmentation_needs_k_whole_segments(samples, says, tmp_path):
    write(tmp_path / 'recording.wav', tone(440, seconds=5)[:samples])
    status, out, err, _ = run('audio_segmentation', tmp_path / 'recording.wav')
    assert status == (1 if says else 0)
    if says:
        assert len(err.splitlines()) == 1 and 'recording.wav' in err and all(length in err for length in says)
    else:
        assert err == '' and len(out.splitlines()) == 4


@pytest.mark.parametrize('name, reason', [('missing.wav', 'No such file'), ('folder', 'not a regular file'), ('pipe', 'not a regular file')])
def test_segmentation_refuses_what_is_no_file(name, reason, tmp_path):
    (tmp_path / 'folder').mkdir()
    os.mkfifo(tmp_path / 'pipe')
    status, out, err, _ = run('audio_segmentation', tmp_path / name)
    assert (status, out, len(err.splitlines())) == (1, '', 1)
    assert name in err and reason in err


def test_silence_and_copies_are_clustered(tmp_path):
    for name in 'abcdefghij':
        write(tmp_path / f'{name}.wav', CHORD)
    write(tmp_path / 'silence.wav', np.zeros(20000, np.int16))
    status, out, err, names = run('audio_clustering', tmp_path)
    assert (status, err) == (0, '')
    assert [cluster for cluster, _ in ast.literal_eval(out.splitlines()[-1])] in ([1] * 10 + [0], [0] * 10 + [1])
    assert np.isfinite(names['X']).all() and np.isfinite(names['centroids']).all()
    write(tmp_path / 'long silence.wav', np.zeros(300000, np.int16))
    assert run('audio_segmentation', tmp_path / 'long silence.wav')[::2] == (0, '')


def folder_with(folder, kind):
    """A folder that cannot be clustered."""
    if kind == 'missing':
        return folder / 'missing'
    if kind == 'a file':
        return write(folder / 'sound.wav', CHORD)
    if kind.startswith('only '):
        (folder / kind[5:]).write_bytes(b'sound')
    elif kind != 'empty':
        write(folder / 'a.wav', CHORD)
        write(folder / 'b.wav', CHORD)
        if kind == 'no permission for the folder':
            folder.chmod(0)
        elif kind == 'too few':
            (folder / 'b.wav').write_bytes(b'')
    return folder


@pytest.mark.parametrize('kind, says', [
    ('missing', ["missing'", 'No such']), ('a file', ["sound.wav'", 'Not a directory']), ('empty', ['no .wav']),
    ('only song.mp3', ['no .wav', 'convert', 'song.mp3']), ('only song.flac', ['song.flac']),
    ('only song.ogg', ['song.ogg']), ('only song.m4a', ['song.m4a']), ('only SONG.WAV', ['Rename', 'SONG.WAV']),
    ('no permission for the folder', ['Permission denied']), ('too few', ['1 usable', 'at least 2'])])
def test_a_folder_that_cannot_be_clustered_is_refused(kind, says):
    with tempfile.TemporaryDirectory() as folder:  # nobody may enter pytest's own
        os.chmod(folder, 0o777)
        status, out, err, _ = run('audio_clustering', folder_with(pathlib.Path(folder), kind), user=True)
        os.chmod(folder, 0o777)
    assert status == 1
    assert [word for word in says if word not in err.splitlines()[-1]] == []
    assert len(err.splitlines()) == (2 if kind == 'too few' else 1)  # the file that is left out has its own


def test_entries_that_are_no_files_are_left_out_and_other_audio_is_named():
    with tempfile.TemporaryDirectory() as name:  # nobody may enter pytest's own
        folder = pathlib.Path(name)
        os.chmod(folder, 0o777)
        for sound in 'begkm':
            write(folder / f'{sound}.wav', tone(440 if sound in 'bg' else 550, seconds=0.5))
        for entry in 'ad':
            (folder / f'{entry}.wav').mkdir()
        for entry in ['l', 'zz']:
            (folder / f'{entry}.wav').symlink_to('nowhere')
        os.mkfifo(folder / 'p.wav')
        write(folder / 'n.wav', CHORD).chmod(0)
        for other in ['s.WAV', 't.mp3', 'u.Flac', 'v.ogg', 'w.m4a', 'x.aif', 'y.AIFF', 'notes.txt']:
            (folder / other).write_bytes(b'')
        status, out, err, names = run('audio_clustering', folder, user=True)
    assert status == 0 and [cluster for cluster, _ in ast.literal_eval(out.splitlines()[-1])] == [0, 1, 0, 1, 1]
    *left_out, others = err.splitlines()
    assert [line.split("'")[1][-6:] for line in left_out] == ['/a.wav', '/d.wav', '/l.wav', '/n.wav', '/p.wav', 'zz.wav']
    assert "'s.WAV', 't.mp3', 'u.Flac', and 4 more" in others and 'convert' in others and 'Rename' in others


def test_a_file_that_goes_while_others_are_read_is_left_out(tmp_path, monkeypatch):
    for name in 'abcd':
        write(tmp_path / f'{name}.wav', tone(440 if name == 'a' else 550, seconds=0.5))
    access = os.access
    monkeypatch.setattr(os, 'access', lambda path, mode: access(path, mode) and (
        not os.fsencode(path).endswith(b'b.wav') or not os.remove(path)))
    status, out, err, _ = run('audio_clustering', tmp_path)
    assert (status, len(err.splitlines())) == (0, 1) and f'{tmp_path}/b.wav' in err and 'No such file' in err
    assert [name[-5] for _, name in ast.literal_eval(out.splitlines()[-1])] == ['a', 'c', 'd']


SETTINGS = [  # script, setting, what it becomes, what the line says
    ('audio_clustering', 'k = 2', 'k = 0', 'k = 0'), ('audio_clustering', 'k = 2', 'k = 2.5', 'k = 2.5'),
    ('audio_segmentation', 'k = 2', 'k = -1', 'k = -1'),
    ('audio_clustering', 'max_iterations = 100', 'max_iterations = 0', 'max_iterations = 0'),
    ('audio_segmentation', 'segment_size = 50', 'segment_size = 0', 'segment_size = 0'),
    ('audio_segmentation', 'segment_size = 50', 'segment_size = 2.5', 'segment_size = 2.5'),
    ('audio_clustering', 'nfft=16384', 'nfft=4096', 'nfft'), ('audio_segmentation', 'nfft=16384', 'nfft=4096', 'nfft'),
    ('audio_clustering', 'nhop=2205', 'nhop=2205.5', '2205.5'), ('audio_clustering', 'wfft=8192', 'wfft=2000', None),
    ('audio_segmentation', 'nhop=2205', 'nhop=9000', None)]


@pytest.mark.parametrize('script, setting, changed, says', SETTINGS)
def test_a_setting_that_cannot_work_ends_the_run_with_one_line(script, setting, changed, says, tmp_path, monkeypatch):
    (tmp_path / 'songs').mkdir()
    for name, pitch in [('a', 440), ('b', 550)]:
        write(tmp_path / 'songs' / f'{name}.wav', tone(pitch, seconds=21.1))
    source = (ROOT / f'{script}.py').read_text(encoding='utf-8')
    (tmp_path / f'{script}.py').write_text(source.replace(setting, changed, 1), encoding='utf-8')
    monkeypatch.setattr('helpers.ROOT', tmp_path)
    status, out, err, _ = run(script, tmp_path / 'songs' if script == 'audio_clustering' else tmp_path / 'songs/a.wav')
    assert (status, len(err.splitlines())) == ((1, 1) if says else (0, 0)) and (says or '') in err


def test_a_silent_first_channel_is_mentioned(tmp_path):
    right = np.stack([0 * CHORD, CHORD], axis=1)
    write(tmp_path / 'right.wav', np.concatenate([right] * 12))
    write(tmp_path / 'silent.wav', np.concatenate([0 * right] * 12))
    status, _, err, _ = run('audio_segmentation', tmp_path / 'right.wav')
    assert status == 0 and len(err.splitlines()) == 1 and "right.wav'" in err and 'first channel' in err
    assert run('audio_segmentation', tmp_path / 'silent.wav')[::2] == (0, '')


def test_a_large_file_of_no_use_is_refused_soon(tmp_path):
    with open(tmp_path / 'large.wav', 'wb') as file:
        file.write(riff(7, 8, b'', claim=10 ** 8))
        file.truncate(10 ** 8)
    tracemalloc.start()
    with pytest.raises(OSError, match='MULAW'):
        chromagram(tmp_path / 'large.wav')
    assert tracemalloc.get_traced_memory()[1] < 3e8
    tracemalloc.stop()


@pytest.mark.parametrize('obstacle', ['a directory', 'a full disk'])
def test_clusters_are_printed_where_pictures_cannot_be_saved(obstacle, tmp_path, monkeypatch):
    def block(name):
        if obstacle == 'a directory':
            (tmp_path / name).mkdir()
        else:
            (tmp_path / name).symlink_to('/dev/full')
    monkeypatch.chdir(tmp_path)
    for name in 'ab':
        write(tmp_path / f'{name}.wav', tone(440 if name == 'a' else 550, seconds=5))
        block(f'{name}.wav.png')
    block('som.png')
    for script, argument, lines, pictures in [('audio_clustering', [tmp_path], 3, 2),
                                    ('audio_segmentation', [tmp_path / 'a.wav'], 4, 1), ('som', [], 0, 1)]:
        status, out, err, _ = run(script, *argument)
        assert (status, len(out.splitlines()), len(err.splitlines())) == (0, lines, pictures)
        assert 'No picture' in err and ('directory' in err or 'No space left' in err)


NAMES = ['with space', 'açcênt', 'emoji 🎵', 'new\nline', '[brackets]', 'st*r', 'wh?t', '-dash', 'quote\'s "']


@pytest.mark.parametrize('folder', NAMES)
def test_names_may_hold_anything_and_no_file_is_overwritten(folder, tmp_path):
    folder = tmp_path / folder
    folder.mkdir()
    for name in NAMES[:2] if folder.name != '[brackets]' else NAMES:
        write(folder / f'{name}.wav', tone(440 if 's' in name else 550, seconds=0.3))
        (folder / f'{name}.png').write_bytes(b'the cover of the album')
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    status, out, err, _ = run('audio_clustering', folder)
    assert (status, err) == (0, '')
    pairs = ast.literal_eval(out.splitlines()[-1])
    assert sorted(name for _, name in pairs) == sorted(str(folder / n) for n in before if n.endswith('.wav'))
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(after) - set(before) == {f'{name}.png' for name in before if name.endswith('.wav')}
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize('spelling', ['songs', 'songs/', './songs//', 'songs/.', '../{}/songs'])
def test_a_folder_may_be_spelled_in_any_way(spelling, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'songs').mkdir()
    for name in ['a', 'b', os.fsdecode(b'latin-1 \xe9')]:
        write(tmp_path / 'songs' / f'{name}.wav', tone(440, seconds=0.3))
    status, out, err, names = run('audio_clustering', spelling.format(tmp_path.name))
    assert (status, err, len(names['X'])) == (0, '', 3)


def test_damaged_files_are_used_or_refused_with_one_line(tmp_path):
    rng = np.random.default_rng(0)
    plain, path = [riff(1, 16, PCM16[:18000]), riff(3, 32, FLOAT[:9000].astype('<f4').tobytes(), extensible=True),
                   riff(1, 24, left_justified(24)[:27000], before=CHUNK, after=CHUNK)], tmp_path / 'damaged.wav'
    outcomes = {True: 0, False: 0}
    for n in range(400):
        damaged = bytearray(plain[n % 3])
        for _ in range(rng.integers(1, 4)):
            at = rng.integers(0, 70 if n % 4 else len(damaged))
            damaged[at:at + rng.integers(1, 5)] = rng.integers(0, 256, rng.integers(1, 5), np.uint8).tobytes()
        if n % 5 == 0:
            del damaged[rng.integers(0, len(damaged)):]
        path.write_bytes(damaged)
        try:
            assert np.isfinite(chromagram(path).X).all()
            outcomes[True] += 1
        except OSError as error:
            assert str(error).startswith(repr(str(path))) and len(str(error).splitlines()) == 1
            outcomes[False] += 1
    assert min(outcomes.values()) > 50
