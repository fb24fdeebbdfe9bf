"""The README's blocks for what lies beyond the chapter print what it says, run as they stand."""
import importlib.util
import os
import re
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

README = (ROOT / 'README.md').read_text('utf-8')
PACKAGES = ['pyspark', 'sklearn', 'minisom', 'librosa']  # in the README's order
BLOCKS = dict(zip(PACKAGES, re.findall(r'(?ms)^```python\n(.*?)^```', README), strict=True))


def run_block(package, folder, command=(sys.executable, 'songs.py')):
    """The last line that a block prints in a copy of what a reader has, and what it should be."""
    if not importlib.util.find_spec(package):
        pytest.skip(f'{package} is not installed')
    shutil.copytree(ROOT / 'audio_dataset', folder / 'audio_dataset', dirs_exist_ok=True)
    for script in ROOT.glob('*.py'):
        shutil.copy(script, folder)
    (folder / 'songs.py').write_text(BLOCKS[package], 'utf-8')
    path = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(command, cwd=folder, env=dict(os.environ, PATH=path),
                            capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()[-1], BLOCKS[package].splitlines()[-1].removeprefix('# ')


@pytest.mark.parametrize('package', PACKAGES[1:])
def test_block(package, tmp_path):
    printed, expected = run_block(package, tmp_path)
    assert printed == expected


@pytest.mark.skipif(not shutil.which('java'), reason='Java is not installed')
@pytest.mark.parametrize('command', [
    [sys.executable, 'songs.py'],
    ['spark-submit', '--master', 'local-cluster[2,1,1024]', 'songs.py']], ids=['one', 'cluster'])
def test_spark_goes_on_without_a_file_that_cannot_be_used(command, tmp_path):
    (tmp_path / 'audio_dataset').mkdir()
    (tmp_path / 'audio_dataset' / 'text.wav').write_text('These are no samples.')
    printed, expected = run_block('pyspark', tmp_path, command)
    assert printed == expected.replace('0 skipped', '1 skipped')
