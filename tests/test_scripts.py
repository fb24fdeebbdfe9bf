"""The three scripts as a reader runs them: fresh processes in a copied folder, and cells in a notebook."""
import ast
import re
import signal
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from helpers import ROOT, SCRIPTS, copy_project, finish, load, run, start, tone, write
from scipy.io import wavfile

CLIPS = ['cough_1', 'cough_2', 'scream_1', 'scream_2', 'scream_3']


def files(folder):
    """The files below a folder, as text."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob('*')
            if path.is_file() and '__pycache__' not in path.parts}


@pytest.fixture(scope='module')
def fresh(tmp_path_factory):
    """Fresh processes: each script from its own folder, the two that read files from one with the same names too."""
    home = copy_project(tmp_path_factory.mktemp('a folder [with] ünusual näme'))
    away = copy_project(tmp_path_factory.mktemp('away'))
    before = files(home), files(away)
    processes = {script: [start(f'{script}.py', cwd=home)] for script in SCRIPTS}
    for script in SCRIPTS[:2]:
        processes[script].append(start(home / f'{script}.py', cwd=away))
    results = {script: [finish(process) for process in processes[script]] for script in SCRIPTS}
    return home, files(home) - before[0], files(away) - before[1], results


@pytest.mark.parametrize('script', SCRIPTS)
def test_status_is_0_and_stderr_is_empty_from_any_folder(fresh, script):
    for status, _, err in fresh[-1][script]:
        assert (status, err) == (0, '')


def test_clustering_puts_coughs_and_screams_into_two_groups(fresh):
    home, _, _, results = fresh
    for (_, out, _), folder in zip(results['audio_clustering'], ['.', home]):
        *loading, clusters = out.splitlines()
        names = [f'{folder}/audio_dataset/{clip}.wav' for clip in CLIPS]
        assert loading == [f'Loading {name}' for name in names]
        pairs = ast.literal_eval(clusters)
        assert [name for _, name in pairs] == names
        groups = [cluster for cluster, _ in pairs]
        assert groups in ([0, 0, 1, 1, 1], [1, 1, 0, 0, 0])


def test_segmentation_follows_who_speaks(fresh):
    home, _, _, results = fresh
    out = results['audio_segmentation'][0][1].splitlines()
    assert out == results['audio_segmentation'][1][1].splitlines()
    rate, samples = wavfile.read(home / 'audio_dataset/podcast/two_voices.wav')
    frames = len(samples) // 2205
    assert out[:2] == [f'chroma_data (12, {frames})', f'({frames // 50}, 12)']
    clusters = []
    for i, line in enumerate(out[2:]):
        start_time, cluster = re.fullmatch(r'(\d+\.0m \d+\.\ds) (\d)', line).groups()
        assert start_time == f'{2.5 * i // 60:.1f}m {2.5 * i % 60:.1f}s'
        clusters.append(int(cluster))
    turns = [line.split() for line in (home / 'audio_dataset/podcast/two_voices.txt').read_text().splitlines()]
    share = {voice: np.array([sum(max(0, min(float(end), t + 2.5) - max(float(begin), t)) for begin, end, who in turns
                                  if who == voice) / 2.5 for t in 2.5 * np.arange(len(clusters))])
             for voice in ('low', 'high')}
    right = np.concatenate([(np.array(clusters) == group)[share[voice] >= 0.8]
                            for group, voice in enumerate(share)])
    assert len(right) >= 10 and max(right.mean(), 1 - right.mean()) >= 0.9


def test_som_says_where_the_picture_is(fresh):
    assert fresh[-1]['som'][0][1] == 'The map is saved as som.png\n'


def test_nothing_but_pictures_is_written_and_none_is_blank(fresh):
    home, new_at_home, new_away, _ = fresh
    pictures = {f'audio_dataset/{clip}.wav.png' for clip in CLIPS} | {'audio_dataset/podcast/two_voices.wav.png'}
    assert new_at_home == pictures | {'som.png'}
    assert new_away == set()
    for name in new_at_home:
        assert plt.imread(home / name).std() > 0.05


def test_a_second_run_prints_the_same(fresh, monkeypatch):
    home, _, _, results = fresh
    monkeypatch.setattr('helpers.ROOT', home)
    monkeypatch.chdir(home)
    for script in SCRIPTS:
        assert run(script)[1] == results[script][0][1]


@pytest.mark.parametrize('script', SCRIPTS)
def test_cells_run_one_after_another_in_a_notebook(script, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(copy_project(tmp_path))
    monkeypatch.setattr(sys, 'argv', ['ipykernel_launcher.py', '-f', '/tmp/kernel-1.json'])
    cells = re.split(r'(?m)^(?=# %%)', (tmp_path / f'{script}.py').read_text(encoding='utf-8'))
    assert len(cells) >= 3
    kernel = {'__name__': '__main__'}
    handler = signal.getsignal(signal.SIGINT)
    for cell in cells + cells[-1:]:  # and the last one again, as a reader who changes a setting does
        exec(cell, kernel)
    assert signal.getsignal(signal.SIGINT) is handler  # the kernel's
    out = capsys.readouterr().out.splitlines()
    assert out and out[:len(out) // 2] == out[len(out) // 2:] or script == 'audio_clustering'


@pytest.mark.parametrize('script', SCRIPTS)
def test_an_import_builds_the_graph_and_does_nothing_else(script, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'argv', ['pytest', '-x', 'tests'])
    names = load(script)
    assert len(names['graph'].get_operations()) > 10
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ('', '')


@pytest.mark.parametrize('script', SCRIPTS[:2])
def test_help_says_what_to_give_in_a_few_lines(script):
    status, out, err, _ = run(script, '--help')
    assert (status, err) == (0, '')
    assert 'audio_dataset' in out and len(out.splitlines()) <= 12


A, B, C = (440, 880), (587, 740), ()  # two chords, and noise


@pytest.mark.parametrize('k, kinds', [(2, [A, A, B, B]), (2, [A, B, A, B, B]), (2, [B, A, A, A]), (2, [C, A, A, C]),
                                      (3, [A, B, C, C, A, B]), (3, [C, A, B, B, A, C]), (4, [A, B, C, (494,), A, B])])
def test_synthetic_sounds_fall_into_their_groups_in_any_order(k, kinds, tmp_path, monkeypatch):
    for i, kind in enumerate(kinds):
        write(tmp_path / f'{i}.wav', tone(*kind, seconds=1.5 + 0.2 * i, seed=i))
    source = (ROOT / 'audio_clustering.py').read_text(encoding='utf-8').replace('\nk = 2', f'\nk = {k}')
    (tmp_path / 'audio_clustering.py').write_text(source, encoding='utf-8')
    monkeypatch.setattr('helpers.ROOT', tmp_path)
    status, out, err, _ = run('audio_clustering', tmp_path)
    assert (status, err) == (0, '')
    pairs = ast.literal_eval(out.splitlines()[-1])
    assert [name for _, name in pairs] == [f'{tmp_path}/{i}.wav' for i in range(len(kinds))]
    clusters = [cluster for cluster, _ in pairs]
    assert len(set(clusters)) == k
    assert len(set(zip(clusters, kinds))) == k


@pytest.mark.parametrize('rate', [22050, 44100, 48000])
def test_segments_of_a_recording_fall_into_their_groups_at_their_times(rate, tmp_path):
    length = 50 * 2205 / rate  # of a segment, in seconds
    kinds = [A, A, B, A, B, B]
    sound = np.concatenate([tone(*kind, seconds=length, rate=rate, seed=i) for i, kind in enumerate(kinds)] * 5)
    status, out, err, _ = run('audio_segmentation', write(tmp_path / 'long.wav', sound, rate))
    assert (status, err) == (0, '')
    lines = [line.split() for line in out.splitlines()[2:]]
    assert len(lines) == len(sound) // 2205 // 50
    for i, (minutes, seconds, _) in enumerate(lines):
        assert 60 * float(minutes[:-1]) + float(seconds[:-1]) == pytest.approx(i * length, abs=0.051)
    assert len({(cluster, kind) for (_, _, cluster), kind in zip(lines, kinds * 5)}) == 2


def test_ctrl_c_ends_the_process_at_once(tmp_path):
    for i in range(300):
        write(tmp_path / f'{i}.wav', tone(440))
    process = start('-u', str(ROOT / 'audio_clustering.py'), str(tmp_path), cwd=tmp_path)
    assert process.stdout.readline().startswith('Loading')
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode != 0
    assert process.stderr.read().endswith('KeyboardInterrupt\n')
