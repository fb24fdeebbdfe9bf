"""The scripts as a reader runs them: in fresh processes, in a notebook, and in other programs."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import matplotlib.pyplot as plt
import pytest
import scipy
from helpers import NOT_COPIED, ROOT, SCRIPTS, C, cells, clusters, load, run, tone, write

START_UP_NOTES = re.compile(  # TensorFlow's, which nothing stops; E and W only in 2.18 and 2.19
    r'(I0000 |WARNING: All log messages|[EW]0000 .*(Unable to regis|computation placer)).*\n?')


@pytest.fixture(scope='module', autouse=True)
def processes(tmp_path_factory):  # started before this file's tests; the last one looks at them
    home, away = tmp_path_factory.mktemp('new') / 'a [b] ünusual', tmp_path_factory.mktemp('away')
    shutil.copytree(ROOT, home, ignore=NOT_COPIED)
    (away / 'é').mkdir()
    for i in range(99):
        write(away / 'é' / f'{i}.wav', tone(440, seconds=0.3))
    (away / 'home').symlink_to(home)
    (away / 'link.py').symlink_to(home / 'audio_segmentation.py')
    ascii_only = dict(os.environ, LC_ALL='C', PYTHONCOERCECLOCALE='0', PYTHONUTF8='0')
    return home, away, [subprocess.Popen(
        [sys.executable, *command.split()], cwd=cwd, env=ascii_only if 'é' in command else None,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=(lambda: os.close(1)) if '-O' in command else None) for cwd, command in [
            (home, f'{C}.py'), (away, f'home/{C}.py é'),
            (away, f"-O{'O' * (scipy.__version__ >= '1.12')} link.py")]]  # SciPy 1.11 cannot do -OO


@pytest.mark.parametrize('script', SCRIPTS)
def test_notebook(script, tmp_path, monkeypatch, capsys):
    shutil.copytree(ROOT / 'audio_dataset', tmp_path / 'audio_dataset')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'argv', ['ipykernel_launcher.py', '-f', 'kernel-1.json'])
    monkeypatch.setattr(plt, 'get_backend', lambda: 'module://matplotlib_inline.backend_inline')
    monkeypatch.setattr(plt, 'show', lambda: print('shown', plt.gcf().axes[0].get_xlim()[1] < 50))
    monkeypatch.setattr(plt.Figure, 'savefig', lambda *_: None)
    kernel = {'__name__': '__main__'}
    if script == C:  # first with a folder that is missing
        with pytest.raises(SystemExit):
            for cell in cells(script):
                exec(cell.replace("'./audio_dataset'", "'missing'"), kernel)
    for cell in cells(script) + cells(script)[-1:]:  # the last one again, as one does
        exec(cell, kernel)
    out = capsys.readouterr().out.splitlines()
    assert out.count('shown True') == (10 if script == C else 2) and 2 * out[:len(out) // 2] == out


@pytest.mark.parametrize('script', SCRIPTS)
def test_import_help_and_thread(script, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    load(script)
    assert capfd.readouterr() == ('', '')
    status, out, err, _ = run(script, '--help')
    assert (status, err) == (0, []) and len(out.splitlines()) <= 12
    status, out, err, _ = run(script, 'one', 'too many')
    assert (status, out, [*tmp_path.iterdir()]) == (2, '', []) and 'too many' in err[-1]
    assert ThreadPoolExecutor().submit(run, script).result()[::2] == (0, [])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_fresh_processes(processes):
    home, away, (first, last, other) = processes
    while not list((away / 'é').glob('*.png')) and last.poll() is None:
        time.sleep(0.05)
    last.send_signal(signal.SIGINT)
    out, err = last.communicate(timeout=100)
    assert out.startswith(r'Loading \udcc3\udca9/0.wav') and err.endswith('KeyboardInterrupt\n')
    outs, errs = zip(*(process.communicate(timeout=100) for process in (first, other)))
    assert {START_UP_NOTES.sub('', err) for err in errs} == {''}
    assert outs[0].startswith('Loading ./audio_dataset/cough_1.wav') and len(clusters(outs[0])) == 5
    assert {p.stem for p in home.rglob('*.png')} == {p.name for p in home.rglob('*.wav')}
    assert {path.name for path in away.iterdir()} == {'home', 'link.py', 'é'}
