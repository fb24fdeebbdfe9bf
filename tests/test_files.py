"""Any WAV file is used or refused with one line, any folder will do, and no file is overwritten."""
import os
import pathlib
import struct
import tempfile

import matplotlib.pyplot as plt
import numpy as np
import pytest
from helpers import C, M, S, clusters, run, tone, write

CHORD, NOISE = tone(440, 1760, seconds=0.5), tone(seconds=0.5)  # 22,050 samples
PCM8, PCM16 = (CHORD // 256 + 128).astype('u1').tobytes(), CHORD.astype('<i2').tobytes()
FLOAT32, FLOAT64 = ((CHORD / 32768).astype(kind).tobytes() for kind in ('<f4', '<f8'))
LEFT = (CHORD.astype('<i4') << 16).view('u1').reshape(-1, 4)
PCM24, PCM32 = LEFT[:, 1:].tobytes(), LEFT.tobytes()
STEREO, SIX = (np.stack([CHORD] + n * [NOISE], 1).tobytes() for n in (1, 5))
CHUNK = b'bext' + struct.pack('<I', 5) + b'abcde\0'


def riff(codec, bits, data, channels=1, rate=44100, ext=False, after=b'', claim=None, align=None):
    """The bytes of a WAV file, with any of its fields as one likes."""
    align = channels * bits // 8 if align is None else align
    fmt = (0xFFFE if ext else codec, channels, rate, rate * align, align, bits)
    fmt = struct.pack('<HHIIHH', *fmt) + ext * (struct.pack('<HHIH', 22, bits, 0, codec)
                                                + bytes.fromhex('000000001000800000aa00389b71'))
    size = len(data) if claim is None else claim
    body = (b'WAVEfmt ' + struct.pack('<I', len(fmt)) + fmt + CHUNK
            + b'data' + struct.pack('<I', size) + data + b'\0' * (size % 2) + after)
    return b'RIFF' + struct.pack('<I', min(len(body) + size - len(data), 0xFFFFFFFF)) + body


def silence_but(value):
    return riff(3, 64, np.array([0] * 19999 + [value], '<f8').tobytes())


SAME_MUSIC = {
    '8 bit': riff(1, 8, PCM8), 'float 64': riff(3, 64, FLOAT64), '32 bit': riff(1, 32, PCM32),
    **{f'16 bit, extensible: {ext}': riff(1, 16, PCM16, ext=ext) for ext in (False, True)},
    **{f'24 bit, extensible: {ext}': riff(1, 24, PCM24, ext=ext) for ext in (False, True)},
    **{f'float, extensible: {ext}': riff(3, 32, FLOAT32, ext=ext) for ext in (False, True)},
    'stereo': riff(1, 16, STEREO, 2), 'six channels': riff(1, 16, SIX, 6),
    'a chunk after': riff(1, 16, PCM16, after=CHUNK), 'half': riff(1, 16, PCM16, after=CHUNK[:6]),
    'a stream': riff(1, 16, PCM16, claim=0xFFFFFFFF), '2 GB': riff(1, 16, PCM16, claim=2 ** 31),
    'a stream of 24 bit': riff(1, 24, PCM24, claim=0xFFFFFFFF),
    'cut off': riff(1, 16, PCM16 + bytes(9000))[:-9000],
    'cut off within a sample': riff(1, 16, PCM16 + bytes(9000))[:-8999],
    'cut off within six samples': riff(1, 16, SIX + bytes(9000), 6)[:-8991],
    'cut off within 24 bits': riff(1, 24, PCM24 + bytes(9000))[:-8998]}
REFUSED = {  # the file, and what its line says
    'text': (b'These are no samples, and there is no header before them.', 'not understood'),
    'mp3 renamed': (b'ID3\4\0\0\0\0\0\0\xff\xfb\x90\x44' + bytes(20000), 'not understood'),
    'zero bytes': (b'', 'not understood'), 'adpcm': (riff(2, 4, PCM16, align=1), 'ADPCM'),
    'no data chunk': (riff(1, 16, PCM16).replace(b'data', b'junk'), 'repair'),
    '0 channels': (riff(1, 16, PCM16, 0, align=2), 'repair'),
    'unfinished': (riff(1, 16, PCM16, claim=0), 'never finished'),
    'unfinished from the start': (b'RIFF' + bytes(4) + riff(1, 16, PCM16, claim=0)[8:], 'repair'),
    'loose byte': (riff(1, 24, PCM24 + b'x', after=20 * CHUNK), 'no whole number'),
    'large mu-law': (riff(7, 8, b'', claim=10 ** 8), 'MULAW'), 'mu': (riff(7, 8, PCM16), 'MULAW'),
    'mu-law, extensible': (riff(7, 8, PCM16, ext=True), 'MULAW'),
    '16-bit float': (riff(3, 16, PCM16), '16-bit float'), 'none': (riff(1, 16, b''), '0 samples'),
    'rate 0': (riff(1, 16, PCM16, rate=0), ' 0 Hz'), '124': (riff(1, 16, PCM16, rate=124), '124 H'),
    'too short': (riff(1, 16, PCM16[:16382]), '8,191 samples'), 'NaN': (silence_but(np.nan), 'NaN'),
    'inf': (silence_but(-np.inf), 'infinity'), 'beyond single': (silence_but(1e200), 'too large'),
    'wrong form': (riff(1, 16, PCM16).replace(b'WAVE', b'AVI '), 'Not a WAV file')}


@pytest.mark.filterwarnings('error')  # SciPy's, about chunks, are not for the reader
def test_the_same_music_in_any_format(tmp_path):
    for what, content in SAME_MUSIC.items():
        (tmp_path / f'{what}.wav').write_bytes(content)
    write(tmp_path / 'plain.wav', CHORD)
    status, out, err, names = run(C, tmp_path)
    assert (status, err, len(clusters(out))) == (0, [], len(SAME_MUSIC) + 1)
    expected = names['get_chromagram'](f'{tmp_path}/plain.wav')
    for what in SAME_MUSIC:
        X = names['get_chromagram'](f'{tmp_path}/{what}.wav')
        tolerance = (0.02 if what == '8 bit' else 1e-6) * expected.max()
        np.testing.assert_allclose(X, expected, rtol=0, atol=tolerance, err_msg=what)


def test_files_that_cannot_be_used_are_skipped(tmp_path):
    for name, (content, _) in REFUSED.items():
        (tmp_path / f'{name}.wav').write_bytes(content)
    os.truncate(tmp_path / 'large mu-law.wav', 10 ** 8)
    for name, pitch in dict(x=440, y=550, z=440).items():
        write(tmp_path / f'{name}.wav', tone(pitch, seconds=0.5))
    status, out, err, _ = run(C, tmp_path)
    assert (status, clusters(out)) == (0, {'x.wav': 0, 'y.wav': 1, 'z.wav': 0})
    for name, line in zip(sorted(REFUSED, key=lambda name: f'{name}.wav'), err, strict=True):
        assert f"/{name}.wav'" in line and REFUSED[name][1] in line.split('.wav', 1)[1]


def fill(folder, *names):  # a folder of sounds and, by the first word of a name, of other things
    folder.mkdir(parents=True, exist_ok=True)
    make = {'dir': os.mkdir, 'pipe': os.mkfifo, 'link': lambda path: os.symlink('nowhere', path),
            'secret': lambda path: os.chmod(write(path, CHORD), 0)}
    for name in names:
        make.get(name.split()[0], lambda path: write(path, CHORD))(folder / name)
    return folder


@pytest.mark.parametrize('names, clustered, says', [
    ([], 0, ['no .wav file']), (['b.mp3'], 0, ["no .wav file to open. Not used: 'b.mp3'"]),
    (['b.WAV'], 0, ["'b.WAV'. Rename"]), (['a.wav'], 0, ['1 usable sounds, but k = 2']),
    (['a.wav', 'b.wav', 's.WAV', 't.mp3', 'u.Flac', 'v.ogg', 'w.m4a', 'x.aif', 'y.AIFF', 'z.txt'],
     2, ["Not used: 's.WAV', 't.mp3', 'u.Flac', and 4 more. Rename"]),
    (['dir a.wav', 'link l.wav', 'm.wav', 'n.wav', 'pipe p.wav', 'secret x.wav', 'zz.wav'], 3,
     ["dir a.wav': not a file", "link l.wav'", "pipe p.wav'", "secret x.wav'"]),
    (['a.wav', 'b.wav', 'secret'], 0, ['Permission denied'])])
def test_a_folder_of_any_content(names, clustered, says):
    with tempfile.TemporaryDirectory() as folder:  # nobody may enter pytest's own
        fill(pathlib.Path(folder), *names).chmod(0 if 'secret' in names else 0o777)
        root = os.geteuid() == 0  # for whom permissions do not count
        os.setresuid(*(65534, 65534, 0) if root else (-1, -1, -1))
        status, out, err, _ = run(C, folder)
        os.setresuid(*(0, 0, 0) if root else (-1, -1, -1))
        os.chmod(folder, 0o777)
    assert (status, len(clusters(out) if clustered else '')) == (not clustered, clustered)
    assert all(words in line for line, words in zip(err, says, strict=True))


NAMES = ['with space', 'açcênt', 'emoji 🎵', '$_$', 'new\nline', '[brackets]', 'st*r', 'wh?t',
         '-dash', 'quote\'s "', 'back\\slash', os.fsdecode(b'latin-1 \xe9')]


@pytest.mark.filterwarnings('error')  # such as one about a letter that the font lacks
def test_any_name_and_nothing_overwritten(tmp_path):
    folder = fill(tmp_path / ''.join(NAMES), *(n + end for n in NAMES for end in ('.wav', '.png')))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    status, _, err, names = run(C, folder, pictures=True)
    assert (status, err, {*names['names']}) == (0, [], {f'{folder}/{name}.wav' for name in NAMES})
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {*after} == {*before, *(f'{name}.wav.png' for name in NAMES)}
    assert {name: after[name] for name in before} == before


def test_a_file_that_has_gone_is_skipped(tmp_path, monkeypatch):
    access = os.access  # the script asks for it once the folder is listed
    monkeypatch.setattr(os, 'access', lambda path, mode: access(path, mode) and not (
        path.endswith(b'/b.wav') and os.remove(path)))
    status, out, err, _ = run(C, fill(tmp_path, 'a.wav', 'b.wav', 'c.wav', 'd.wav'))
    assert (status, [*clusters(out)], len(err)) == (0, ['a.wav', 'c.wav', 'd.wav'], 1)
    assert 'b.wav; No such file' in err[0]


@pytest.mark.parametrize('script, name, setting, says', [
    (S, 'missing.wav', {}, 'No such file'), (S, 'dir', {}, 'regular'), (S, 'pipe', {}, 'regular'),
    (S, 5, {}, ''), (S, 4.99, {}, '1 whole segments of 50 frames, but k'), (S, 0.19, {}, '0 whole'),
    (S, 0.09, {}, 'too short: 3,969 samples (0.09 s), and one window is 8,192 (0.19 s)'),
    (C, '', dict(k=0), 'k = 0'), (S, 5, dict(k=2.5), 'k = 2.5'), (C, '', dict(nhop=2.5), 'and 2.5'),
    (S, 5, dict(segment_size=2.5), 'segment_size = 2.5'), (S, 5, dict(max_iterations=0), 's = 0'),
    (C, '', dict(nfft=4096), 'nfft at least wfft'), (S, 5, dict(wfft=0), 'wfft'),
    (C, '', dict(nhop=9000), ''), (S, 5, dict(wfft=2000), ''), (C, '/', {}, ''), (C, '.', {}, ''),
    (C, 'link/../two', {}, '')])
def test_what_cannot_work_ends_with_one_line(script, name, setting, says, tmp_path):
    fill(tmp_path, 'dir', 'pipe', 'a.wav', 'b.wav')
    fill(tmp_path / 'elsewhere/two', 'a.wav', 'b.wav')
    (tmp_path / 'link').symlink_to(fill(tmp_path / 'elsewhere/inner'))  # link/.. is elsewhere
    if not isinstance(name, str):
        name = write(tmp_path / 'sound.wav', tone(440, seconds=name)).name
    status, _, err, _ = run(script, f'{tmp_path}/{name}', **setting)
    assert (status, len(err)) == (bool(says), bool(says))
    assert all(says in line and (setting or name in line) for line in err)


def test_silence(tmp_path):
    write(fill(tmp_path, 'a.wav', 'b.wav') / 'right.wav', np.stack([0 * CHORD, CHORD], axis=1))
    write(tmp_path / 'silence.wav', np.zeros((250000, 2), np.int16))
    status, out, err, _ = run(C, tmp_path)
    assert status == 0 and [*clusters(out).values()] in ([0, 0, 1, 1], [1, 1, 0, 0])
    assert len(err) == 1 and "right.wav': its first channel is silent" in err[0]
    status, _, err, names = run(S, tmp_path / 'silence.wav')
    assert (status, err) == (0, []) and np.isfinite(names['centroids']).all()


@pytest.mark.parametrize('block', [os.mkdir, lambda path: os.symlink('/dev/full', path), None])
def test_no_picture_but_the_result(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ('a.wav', 'b.wav', 'som'):
        write(tmp_path / name, tone(440, seconds=5))
        if block:
            block(f'{name}.png')
    monkeypatch.setitem(plt.rcParams, 'text.usetex', not block)  # and there is no LaTeX
    monkeypatch.setenv('PATH', '')
    for script, paths, lines, pictures in [(C, ['.'], 3, 2), (S, ['a.wav'], 4, 1), (M, [], 0, 1)]:
        status, out, err, _ = run(script, *paths, pictures=True)
        assert (status, len(out.splitlines()), len(err)) == (0, lines, pictures)
        assert all('No picture' in line for line in err)
