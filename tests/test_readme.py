"""What the README shows is what a reader gets: links, transcripts, pictures and figures."""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
from helpers import ROOT, SCRIPTS, copy_project, run
from test_listings import LISTINGS, opening_lines

README = (ROOT / 'README.md').read_text(encoding='utf-8')


def transcripts():
    """(command, output) of each command in the README's console blocks."""
    for block in re.findall(r'(?ms)^```console\n(.*?)^```', README):
        for part in re.split(r'(?m)^\$ ', block)[1:]:
            command, lines = '', part.splitlines(keepends=True)
            while not command or command.count('"') % 2:
                command += lines.pop(0)
            yield command, ''.join(lines)


def test_links_point_to_the_lines_that_open_the_listings():
    rows = re.findall(r'(?m)^\| 5\.(\d+) \| 7\.(\d+) \|.*\[(\w+)\.py\]\((\w+)\.py#L(\d+)\) \|$', README)
    expected = [(number, script, opening_lines(script)[number]) for number, script, _ in LISTINGS]
    assert [(int(a), script, int(line)) for a, _, script, _, line in rows] == expected
    second = [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13]  # 7.4 is in the second edition only
    assert [int(b) for _, b, *_ in rows] == second and all(shown == target for _, _, shown, target, _ in rows)
    for target in re.findall(r'\]\(([^)#]+)', README):
        assert (ROOT / target).exists(), target


def test_transcripts_and_pictures_are_those_of_a_fresh_run(tmp_path, monkeypatch):
    copy_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('helpers.ROOT', tmp_path)
    commands = 0
    for command, output in transcripts():
        if 'book_recordings' in command:
            if 'BOOK_RECORDINGS' not in os.environ:
                continue
            shutil.copytree(ROOT / os.environ['BOOK_RECORDINGS'], 'book_recordings')
        words = shlex.split(command)
        if words[1].endswith('.py'):
            status, out, err, _ = run(words[1][:-3], *words[2:])
        else:
            words[0] = sys.executable
            done = subprocess.run(words, capture_output=True, text=True)
            status, out, err = done.returncode, done.stdout, done.stderr
        assert (status, out, err) == (0, output, '')
        commands += 1
    assert commands >= 3
    pictures = re.findall(r'!\[.+\]\((tests/pictures/(.+\.png))\)', README)
    assert len(pictures) == 4
    for path, name in pictures:
        found = (tmp_path if name == 'som.png' else tmp_path / 'audio_dataset').rglob(name)
        shown, made = plt.imread(ROOT / path), plt.imread(next(found))
        assert shown.shape == made.shape
        assert np.abs(shown - made).mean() < 0.03  # versions of Matplotlib draw letters differently


def test_figures_of_the_books_recordings_are_those_published():
    published = json.loads((ROOT / 'tests' / 'published.json').read_text(encoding='utf-8'))
    rows = re.findall(r'(?m)^\| (\w+\.wav) \| ([\d, ]+) \|$', README)
    assert {name: json.loads(f'[{counts}]') for name, counts in rows} == published['note_counts']
    output = next(output for command, output in transcripts() if 'book_recordings' in command)
    shown = {pathlib.Path(name).name: c for c, name in eval(output.splitlines()[-1])}
    assert shown == published['clusters']


def test_supported_versions_are_those_of_the_requirements():
    floors = dict(re.findall(r'(?m)^(\w+)>=([\d.]+)', (ROOT / 'requirements.txt').read_text()))
    oldest = dict(re.findall(r'(?m)^(\w+)==([\d.]+)', (ROOT / 'tests' / 'oldest.txt').read_text()))
    assert set(floors) == set(oldest) == {'tensorflow', 'numpy', 'scipy', 'matplotlib'}
    for name, version in oldest.items():
        assert (version + '.').startswith(floors[name] + '.')
        assert re.search(rf'(?i){name} {version}', README)


def test_top_level_is_the_agreed_one():
    kept = subprocess.run(['git', 'ls-files'], cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    assert {path.split('/')[0] for path in kept if not path.startswith(('.', '"'))} == {
        'README.md', 'requirements.txt', *(f'{script}.py' for script in SCRIPTS), 'audio_dataset', 'tests'}
