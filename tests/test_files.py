"""Any WAV file is used or refused with one line, and no file of the reader's is overwritten."""
import io
import os
import struct
import sys
from unittest import mock

import audio_clustering
import numpy as np
import pytest
from conftest import tone
from scipy.io import wavfile

CHORD = tone(440, 1760, seconds=0.5)  # 22,050 samples
PCM16, FLOAT32 = CHORD.tobytes(), (CHORD / 32768).astype(np.float32).tobytes()
PCM8 = (CHORD // 256 + 128).astype(np.uint8).tobytes()
PCM24 = (CHORD.astype('<i4') << 8).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
SIX = np.stack([CHORD] + 5 * [tone(seconds=0.5)], axis=1).tobytes()
CHUNK = b'LIST' + struct.pack('<I', 6) + b'abcdef'
HINT = 'ffmpeg -i OLD -ar 44100 NEW.wav may make a usable WAV file'


def wav(data=PCM16, bits=16, codec=1, channels=1, rate=44100, size=None):
    """The bytes of a WAV file; its header may claim that the data have another `size`."""
    size, align = len(data) if size is None else size, channels * bits // 8
    return struct.pack('<4sI8sIHHIIHH4sI', b'RIFF', min(36 + max(size, len(data)), 2 ** 32 - 1),
                       b'WAVEfmt ', 16, codec, channels, rate, rate * align, align, bits,
                       b'data', size) + data


WORKS = {
    '8 bit': wav(PCM8, 8), '24 bit': wav(PCM24, 24), 'floats': wav(FLOAT32, 32, codec=3),
    'six channels': wav(SIX, channels=6), 'a chunk at the end': wav(PCM16 + CHUNK, size=44100),
    'half a chunk at the end': wav(PCM16 + CHUNK[:6], size=44100),
    'a stream': wav(size=2 ** 32 - 1), 'a stream of 24 bit': wav(PCM24, 24, size=2 ** 32 - 1),
    'cut off': wav(size=99999), 'cut off within a sample': wav(PCM16 + b'x', size=99999),
    'cut off within 24 bits': wav(PCM24 + b'xx', 24, size=99999),
    'cut off within six samples': wav(SIX + b'123456789', channels=6, size=999999)}
REFUSED = {  # with a piece of what their lines say
    'a sample short': (wav(bytes(16382)), '8,191 samples at 44,100 Hz'),
    'empty': (b'', HINT), 'mu-law': (wav(bits=8, codec=7), 'MULAW'),
    'no channels': (wav(channels=0), HINT), 'no data': (wav().replace(b'data', b'junk'), HINT),
    'rate 0': (wav(rate=0), ' 0 Hz'), 'rate 124': (wav(rate=124), ' 124 Hz'),
    'text': (b'These are no samples, and there is no header before them.', HINT),
    'unfinished': (wav(size=0), '0 samples at 44,100 Hz'),
    **{f'value {x}': (wav(np.array(9999 * [0] + [x], np.float32).tobytes(), 32, codec=3),
                      'NaN, infinity or too large') for x in (-np.inf, 1e20, np.inf, np.nan)}}


@pytest.mark.filterwarnings('ignore::scipy.io.wavfile.WavFileWarning')
@pytest.mark.parametrize('content', WORKS.values(), ids=WORKS)
def test_the_same_music_in_any_format(content, save, tmp_path):
    (tmp_path / 'odd.wav').write_bytes(content)
    X = audio_clustering.get_chromagram(f'{tmp_path}/odd.wav')
    expected = audio_clustering.get_chromagram(save('plain.wav', CHORD))
    tolerance = 0.02 if content == WORKS['8 bit'] else 1e-6
    np.testing.assert_allclose(X, expected, rtol=0, atol=tolerance * expected.max())


@pytest.mark.filterwarnings('error')  # SciPy's are not for the reader
def test_a_file_that_cannot_be_used_gets_one_line(run, save, tmp_path):
    for name, (content, _) in REFUSED.items():
        (tmp_path / f'{name}.wav').write_bytes(content)
    (tmp_path / 'z 1.WAV').write_bytes(WORKS['a chunk at the end'])
    save('z 2.wav', CHORD)
    result = run('audio_clustering', tmp_path)
    assert result.names == [f'{tmp_path}/z 1.WAV', f'{tmp_path}/z 2.wav']
    assert len(result.err) == len(REFUSED)
    for name, (_, reason) in REFUSED.items():
        line = run('audio_segmentation', tmp_path / f'{name}.wav').exit
        assert line.startswith(f"'{tmp_path}/{name}.wav': ")
        assert reason in line
        assert f'Skipping {line}' in result.err


@pytest.mark.skipif(not hasattr(os, 'mkfifo'), reason='no pipes on Windows')
def test_what_cannot_be_opened_gets_one_line(save, tmp_path, monkeypatch, capsys):
    (tmp_path / 'folder.wav').mkdir()
    (tmp_path / 'link.wav').symlink_to('nowhere')
    os.mkfifo(tmp_path / 'pipe.wav')
    secret = save('secret.wav', CHORD)
    denied = PermissionError(13, 'Permission denied', secret)
    monkeypatch.setattr(audio_clustering, 'open', mock.Mock(side_effect=denied), raising=False)
    assert audio_clustering.usable_files(tmp_path, k=0) == []
    assert capsys.readouterr().err.splitlines() == [
        f"Skipping '{tmp_path}/{name}.wav': not a file" for name in ('folder', 'link', 'pipe')
    ] + [f"Skipping [Errno 13] Permission denied: '{secret}'"]


@pytest.mark.parametrize('names, k, reason', [
    (['a.mp3', 'b.flac', 'c.wav.txt'], 2, '0 usable sounds, but k = 2 needs at least 2'),
    (['a.wav', 'b.mp3'], 2, '1 usable sounds'), (['a.wav', 'b.wav'], 3, '2 usable sounds')])
def test_a_folder_with_too_few_sounds_ends_with_one_line(names, k, reason, run, save, tmp_path):
    for name in names:
        save(name, CHORD)
    result = run('audio_clustering', tmp_path, edit={'k = 2': f'k = {k}'})
    assert (result.out, result.err) == ('', [])
    assert result.exit.startswith(f"'{tmp_path}': {reason}")
    assert result.exit.endswith(HINT)


@pytest.mark.parametrize('seconds, segments', [(4.99, 1), (0.19, 0)])
def test_a_recording_with_too_few_segments_ends_with_one_line(seconds, segments, run, save):
    path = save('short.wav', tone(440, seconds=seconds))
    assert run('audio_segmentation', path).exit == (
        f"'{path}': {segments} whole segments of 50 frames, but k = 2 clusters need at least 2")


@pytest.mark.parametrize('folder', ['my_songs', 'gs://bucket/x'])
def test_a_missing_folder_ends_with_one_line(folder, run):
    line = f"[Errno 2] No such file or directory: '{folder}'"
    assert run('audio_clustering', folder).exit == line
    setting = run('audio_clustering', edit={"'./audio_dataset'": f"'{folder}'"})
    assert setting.exit.endswith(f"{folder}'")  # no other folder stands in for it


@pytest.mark.skipif(sys.platform != 'linux', reason='other systems refuse some of these names')
def test_any_name_is_used_and_nothing_is_overwritten(run, tmp_path, monkeypatch):
    names = ['with space', 'açcênt', '$_$', 'new\nline', '[brackets]', 'st*r', 'wh?t', '-dash',
             'quote\'s "', 'back\\slash', os.fsdecode(b'latin-1 \xe9')]
    folder = tmp_path / ''.join(names)
    folder.mkdir()
    for name in names:
        wavfile.write(folder / f'{name}.wav', 44100, CHORD)
        (folder / f'{name}.png').write_text('my own picture')
    monkeypatch.setattr(sys, 'stdout', io.TextIOWrapper(io.BytesIO(), 'ascii'))  # knows not all
    result = run('audio_clustering', folder, save_pictures=True)
    assert set(result.names) == {f'{folder}/{name}.wav' for name in names}
    assert {path.read_text() for path in folder.glob('*[!v].png')} == {'my own picture'}
    for name in names[:-1]:  # the last is no text; some versions of Matplotlib cannot draw it
        assert (folder / f'{name}.wav.png').exists()


def test_a_picture_that_fails_costs_one_line(run, save, tmp_path):
    path = save('a.wav', tone(440, seconds=5))
    (tmp_path / 'a.wav.segments.png').mkdir()
    result = run('audio_segmentation', path, save_pictures=True)
    assert len(result.out.splitlines()) == 4
    assert [line.split(':')[0] for line in result.err] == [f'No picture of {path!r}']
