"""The listings are the page's, and what the README shows is what a reader gets."""
import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import README, ROOT, SCRIPTS, SOURCES

PAGE = (ROOT / 'tests/page.txt').read_text('utf-8').split('\n\n')[1:]
PUBLISHED = json.loads((ROOT / 'tests/published.json').read_text('utf-8'))
BLOCKS = re.findall(r'(?ms)^```python\n(.*?)^```', README)
START_UP_NOTES = r'(WARNING: All log messages|[IWE]0000 ).*\n'  # of TensorFlow, always there
NO_WINDOW = r'.*FigureCanvasAgg is non-interactive.*\n.*\n'  # of Matplotlib, beside a screen


@pytest.mark.parametrize('listing', PAGE, ids=range(1, 13))
def test_a_listing_has_what_the_page_names_in_its_order(listing):
    title, *names = listing.splitlines()
    after_title = '# %%'.join(SOURCES.values()).split(f'# {title}: ')[1]
    cell = re.split('# %%|# Listing', after_title)[0]
    code = ' '.join(re.sub('#.*', '', cell).split())
    for name in names:
        _, found, code = code.partition(name)
        assert found, f'{title} lacks {name}, or has it too early'


def test_what_stands_in_both_audio_scripts_is_the_same():
    clustering, segmentation = (SOURCES[script] for script in SCRIPTS[:2])
    twins = segmentation.split('# The chromagram, in')[1].split('# Listing 6')[0]
    assert twins in clustering
    twins = segmentation.split('the same as in audio_clustering.py.')[1].split('# %%')[0]
    for function in twins.split('\n\n\n'):
        assert function.strip() in clustering


@pytest.mark.parametrize('script', SCRIPTS)
def test_an_import_runs_no_session_and_reads_no_arguments(script, monkeypatch):
    monkeypatch.setattr(tf, 'Session', None)
    monkeypatch.setattr(sys, 'argv', ['their_program.py', '--their-flag'])
    with tf.Graph().as_default():
        exec(SOURCES[script], {'__name__': script, '__file__': f'{script}.py'})


def in_a_copy(folder, *command):
    """Run a command in a copy of a reader's files, and return what it prints: stdout, stderr."""
    shutil.copytree(ROOT / 'audio_dataset', folder / 'audio_dataset',
                    ignore=shutil.ignore_patterns('*.png'))
    for script in SCRIPTS:
        shutil.copy(ROOT / f'{script}.py', folder)
    result = subprocess.run(command, cwd=folder, timeout=300, capture_output=True,
                            encoding='utf-8', errors='replace')
    return result.stdout, re.sub(f'{START_UP_NOTES}|{NO_WINDOW}', '', result.stderr)


@pytest.mark.parametrize('script, pictures', [*zip(SCRIPTS, [5, 1, 1])])
def test_a_script_does_what_the_readme_shows(script, pictures, tmp_path):
    folder = tmp_path / 'a [b] é'
    out, err = in_a_copy(folder, sys.executable, f'{script}.py')
    shown = re.search(rf'(?ms)^```console\n\$ python {script}\.py\n(.*?)^```', README)[1]
    slashes = out.replace('\\\\', '/').replace('\\', '/')  # on Windows
    assert re.fullmatch(re.escape(shown).replace('…', '.+'), slashes, re.DOTALL)
    assert (err, len(list(folder.rglob('*.png')))) == ('', pictures)


def test_the_links_lead_to_the_listings_pictures_and_files():
    rows = re.findall(r'(?m)^\| 5\.(\d+) \| 7\.(\d+) \|.*\]\((\w+)\.py\) \|$', README)
    for number, (first, second, script) in enumerate(rows, 1):
        assert (int(first), int(second)) == (number, number + (number > 3))  # not 7.4
        assert f'# Listing {number}: ' in SOURCES[script]
    assert len(rows) == 12
    for target in re.findall(r'\]\((?!http|#)([^)#]+)', README):
        assert (ROOT / target).exists(), target


def test_the_readme_repeats_the_published_figures():
    shown = dict(re.findall(r'(?m)^\| (\w+\.wav) \| (.+) \|$', README))
    for name, counts in PUBLISHED['note_counts'].items():
        assert shown[name] == f"{', '.join(map(str, counts))} | {PUBLISHED['clusters'][name]}"


@pytest.mark.skipif('BOOK_RECORDINGS' not in os.environ, reason='BOOK_RECORDINGS is not set')
def test_the_books_recordings_give_the_published_figures(figures, run):
    result = run('audio_clustering', ROOT / os.environ['BOOK_RECORDINGS'])
    assert result.Y.tolist() == list(PUBLISHED['clusters'].values())
    for x, counts in zip(result.X, PUBLISHED['note_counts'].values()):
        np.testing.assert_allclose(x * sum(counts), counts)
    X, expected = result.get_chromagram(result.names[0]), PUBLISHED['chromagram_of_cough_1']
    np.testing.assert_allclose(X, expected, rtol=0, atol=1e-6 * np.max(expected))


@pytest.mark.parametrize('number, package', [(0, 'tensorflow'), (1, 'sklearn'), (2, 'pyspark')])
def test_a_block_prints_what_it_says(number, package, tmp_path, monkeypatch):
    pytest.importorskip(package)
    monkeypatch.setenv('PYSPARK_SUBMIT_ARGS', '--master local-cluster[2,1,1024] pyspark-shell')
    (tmp_path / 'songs.py').write_text(BLOCKS[number], 'utf-8')
    out, err = in_a_copy(tmp_path, sys.executable, 'songs.py')
    assert BLOCKS[number].endswith(f'# {out}'), err
