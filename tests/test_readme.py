"""The page's names stand in the page's order, and the README shows what a reader gets."""
import ast
import json
import os
import re
import shutil

import helpers
import matplotlib.pyplot as plt
import numpy as np
from helpers import NOT_COPIED, ROOT, SCRIPTS, C, M, S, cells, clusters, load, run, source

README = (ROOT / 'README.md').read_text(encoding='utf-8')
def test_listings_keep_the_page():  # page.txt: what the page names, in its order
    keeps = re.split(r'(?m)^(\d+):', (ROOT / 'tests' / 'page.txt').read_text())[1:]
    rows = re.findall(r'(?m)^\| 5.* \| (7\.\d+) \|.*\[(\w+)\.py\]\((\w+)\.py#L(\d+)\) \|$', README)
    for n, (second, shown, script, line) in enumerate(rows, 1):
        assert (second, shown) == (f'7.{n + (n > 3)}', script)  # 7.4 is a bar chart
        text = '\n'.join(source(script).splitlines()[int(line) - 1:])
        assert re.match(rf'(# %%|    #) Listing {n}: ', text)
        text, at = re.split(r'(?m)^(?=(?:# %%|    #) Listing)', text)[1], 0
        for word in keeps[2 * n - 1].split():
            at = text.find(word, at) + len(word)
            assert at >= len(word), (n, word)
    assert len(keeps) == 2 * len(rows) == 24


def test_order_of_the_cells():
    for script, titles, first in [
            (C, 'Settings Listing Listing Listing Your The The Listing', 40),
            (S, 'Settings Listing From The The Listing', 40), (M, 'Listing Listing', 25)]:
        lines = source(script).splitlines()
        assert [cell.split()[2] for cell in cells(script)[1:]] == titles.split()
        assert max(map(len, lines)) <= 100
        assert any('# %% Listing' in line for line in lines[:first])
    clustering, segmentation = cells(C), cells(S)
    assert clustering[7] == segmentation[5]  # the chromagram
    for node in ast.parse(segmentation[3]).body:  # From Listings 3 and 4
        text = ast.get_source_segment(segmentation[3], node)
        assert text in clustering[4] or text in clustering[8]


def test_transcripts_pictures_and_links(tmp_path, monkeypatch):
    copy = shutil.copytree(ROOT, tmp_path / 'copy', ignore=NOT_COPIED)
    monkeypatch.setattr(helpers, 'ROOT', copy)
    monkeypatch.chdir(copy)
    transcripts = re.findall(r'(?ms)^```console\n\$ python (\w+)\.py ?(.*?)\n(.*?)^```', README)
    for script, argument, output in transcripts:
        if argument and 'BOOK_RECORDINGS' in os.environ:
            shutil.copytree(ROOT / os.environ['BOOK_RECORDINGS'], argument)
        if not argument or 'BOOK_RECORDINGS' in os.environ:
            assert run(script, *argument.split(), pictures=True)[:3] == (0, output, [])
    pictures = re.findall(r'!\[.+\]\((tests/pictures/(.+\.png))\)', README)
    for path, name in pictures:
        shown, made = plt.imread(ROOT / path), plt.imread(min(copy.rglob(name)))
        assert np.abs(shown - made).mean() < 0.03  # versions of Matplotlib draw letters differently
    assert len(transcripts) == len(pictures) == 4
    assert all((ROOT / target).exists() for target in re.findall(r'\]\(([^)#]+)', README))


def test_published_figures():  # and, where the book's recordings are at hand, that they come out
    published = json.loads((ROOT / 'tests' / 'published.json').read_text())
    rows = re.findall(r'(?m)^\| (\w+\.wav) \| ([\d, ]+) \|$', README)
    assert {name: json.loads(f'[{counts}]') for name, counts in rows} == published['note_counts']
    output = README.split('audio_clustering.py book_recordings\n')[1].split('```')[0]
    assert clusters(output) == published['clusters']
    for name, counts in published['note_counts'].items() if 'BOOK_RECORDINGS' in os.environ else ():
        X = load(C)['get_chromagram'](str(ROOT / os.environ['BOOK_RECORDINGS'] / name))
        expected = np.array(published['chromagram_of_cough_1']) if name == 'cough_1.wav' else X
        np.testing.assert_allclose(X, expected, rtol=0, atol=1e-6 * expected.max())
        assert np.bincount(X.argmax(axis=0), minlength=12).tolist() == counts
