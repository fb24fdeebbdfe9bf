"""Too few sounds, a missing file, odd names: the reader is told, and no file is overwritten."""
import os
import sys

import pytest
from conftest import tone
from scipy.io import wavfile


def test_too_few_sounds_or_segments_end_the_run(run, save, tmp_path):
    path = save('a.wav', tone(440, seconds=4.99))
    save('b.mp3', tone(440))
    line = f'{str(tmp_path)!r}: usable sounds: 1, but k = 2 needs at least 2. Only .wav'
    assert run('audio_clustering', tmp_path).ended.startswith(line)
    result = run('audio_segmentation', path)
    line = f'{path!r}: whole segments of 50 frames: 1, but k = 2 needs at least 2'
    assert (result.out, result.ended) == ('', line)


@pytest.mark.parametrize('script, look', [
    ('audio_clustering', os.listdir), ('audio_segmentation', open)])
def test_the_command_line_has_help_and_names_what_is_missing(script, look, run):
    assert run(script, '--help').out.startswith(f'usage: {script}.py [-h]')
    with pytest.raises(FileNotFoundError) as error:
        look('nothing.wav')
    assert run(script, 'nothing.wav').ended == str(error.value)  # the system's own reason


@pytest.mark.filterwarnings('error')  # a reader should see no warning of Matplotlib's
def test_any_name_is_used_nothing_overwritten_and_a_failed_picture_costs_a_line(run, tmp_path):
    names = ['with space', 'açcênt', '日本語', '$_$', '[brackets]', '-dash', "quote's"]
    if sys.platform != 'win32':
        names += ['new\nline', 'st*r', 'wh?t', '"quotes"', 'back\\slash']
    folder = tmp_path / ''.join(names)
    folder.mkdir()
    for name in names:
        wavfile.write(folder / f'{name}.wav', 44100, tone(440))
        (folder / f'{name}.png').write_text('my own picture')
    failed = str(folder / '-dash.wav')
    os.mkdir(f'{failed}.png')  # so this picture cannot be saved
    sys.stdout.reconfigure(encoding='ascii', errors='strict')  # a terminal that knows few letters
    result = run('audio_clustering', folder)
    assert set(result.names) == {str(folder / f'{name}.wav') for name in names}
    assert {(folder / f'{name}.png').read_text() for name in names} == {'my own picture'}
    assert all((folder / f'{name}.wav.png').exists() for name in names)
    assert [line[:line.index(': ')] for line in result.err] == [f'No picture of {failed!r}']
