"""What the README shows is what a reader gets who runs the scripts, each in a fresh process."""
import importlib
import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import ROOT
from matplotlib.figure import Figure
from test_listings import LISTINGS, SOURCES

README = (ROOT / 'README.md').read_text(encoding='utf-8')
PUBLISHED = json.loads((ROOT / 'tests/published.json').read_text())
TRANSCRIPTS = {command: output for command, output in re.findall(
    r'(?ms)^```console\n\$ python (.*?)\n(.*?)^```', README)}
START_UP_NOTES = re.compile(  # TensorFlow's, which nothing stops; E and W only in 2.18 and 2.19
    r'(I0000 |WARNING: All log messages|[EW]0000 .*(Unable to regis|computation placer)).*\n?')


@pytest.mark.parametrize('script, pictures', [('audio_clustering', 5), ('audio_segmentation', 1),
                                              ('som', 1)])
def test_a_script_does_what_the_readme_shows(script, pictures, tmp_path):
    shutil.copytree(ROOT / 'audio_dataset', tmp_path / 'a [b] é/audio_dataset',
                    ignore=shutil.ignore_patterns('*.png'))
    shutil.copy(ROOT / f'{script}.py', tmp_path / 'a [b] é')
    result = subprocess.run([sys.executable, f'{script}.py'], cwd=tmp_path / 'a [b] é',
                            capture_output=True, encoding='utf-8', timeout=100)
    shown = re.escape(TRANSCRIPTS[f'{script}.py']).replace('…', '.+')
    assert re.fullmatch(shown, result.stdout, re.DOTALL)
    assert START_UP_NOTES.sub('', result.stderr) == ''
    assert len(list(tmp_path.rglob('*.png'))) == pictures


def test_a_notebooks_cells_run_again_after_a_missing_folder(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['ipykernel_launcher.py', '-f', 'kernel-1.json'])
    monkeypatch.setattr(Figure, 'savefig', lambda *_: None)
    monkeypatch.chdir(ROOT)
    names, cells = {'__name__': '__main__'}, SOURCES['audio_clustering']
    with tf.Graph().as_default():
        with pytest.raises(SystemExit):
            exec(cells.replace('./audio_dataset', 'missing'), names)
        exec(cells, names)
        exec(cells, names)
    assert capsys.readouterr().out == 2 * TRANSCRIPTS['audio_clustering.py']


@pytest.mark.parametrize('script', SOURCES)
def test_an_import_runs_no_session(script, monkeypatch):
    monkeypatch.setattr(tf, 'Session', None)
    sys.modules.pop(script, None)
    with tf.Graph().as_default():
        assert importlib.import_module(script)


def test_the_links_lead_to_the_listings():
    rows = re.findall(r'\| 5\.(\d+) \| 7\.(\d+) \|.*\[(\w+)\.py\]\(\3\.py#L(\d+)\)', README)
    assert [int(first) for first, *_ in rows] == list(LISTINGS)
    for first, second, script, line in rows:
        assert int(second) == int(first) + (int(first) > 3)  # 7.4 is a bar chart
        assert f' Listing {first}: ' in SOURCES[script].splitlines()[int(line) - 1]


def test_the_pictures_and_files_that_the_readme_links_to_exist():
    for target in re.findall(r'\]\((?!http)([^)#]+)', README):
        assert (ROOT / target).exists(), target


def test_the_readme_repeats_the_published_figures():
    shown = dict(re.findall(r'(?m)^\| (\w+\.wav) \| (.+) \|$', README))
    for name, counts in PUBLISHED['note_counts'].items():
        assert shown[name] == f"{', '.join(map(str, counts))} | {PUBLISHED['clusters'][name]}"


@pytest.mark.skipif('BOOK_RECORDINGS' not in os.environ, reason='BOOK_RECORDINGS is not set')
def test_the_books_recordings_give_the_published_figures(run):
    recordings = ROOT / os.environ['BOOK_RECORDINGS']
    assert (recordings / 'cough_1.wav').is_file(), f'no cough_1.wav in {recordings}'
    result = run('audio_clustering', recordings)
    assert result.Y.tolist() == list(PUBLISHED['clusters'].values())
    for x, counts in zip(result.X, PUBLISHED['note_counts'].values()):
        np.testing.assert_allclose(x * sum(counts), counts)
    X, expected = result.get_chromagram(result.names[0]), PUBLISHED['chromagram_of_cough_1']
    np.testing.assert_allclose(X, expected, rtol=0, atol=1e-6 * np.max(expected))
