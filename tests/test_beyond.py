"""The README's blocks for what lies beyond the chapter print what it says, run as they stand."""
import importlib.util
import os
import re
import shutil
import subprocess
import sys

import pytest
from helpers import NOT_COPIED, ROOT

README = (ROOT / 'README.md').read_text(encoding='utf-8')
PACKAGES = ['pyspark', 'sklearn', 'minisom', 'librosa']  # in the README's order
BLOCKS = dict(zip(PACKAGES, re.findall(r'(?ms)^```python\n(.*?)^```', README), strict=True))
SPARK = re.search(r'`(PYSPARK_PYTHON=.*?songs\.py)`', README)[1]


def missing(package):
    """What a block would need and this machine lacks, or None."""
    if package == 'pyspark' and not shutil.which('java'):
        return 'Java is not installed'
    return None if importlib.util.find_spec(package) else f'{package} is not installed'


@pytest.fixture(scope='module')
def processes(tmp_path_factory):
    """A process for each block that can run here, all started at once, each in a fresh copy."""
    started, path = {}, f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    for package in PACKAGES:
        if not missing(package):
            folder = tmp_path_factory.mktemp(package) / 'copy'
            shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
            (folder / 'songs.py').write_text(BLOCKS[package], encoding='utf-8')
            if package == 'pyspark':  # its job must go on without a file that cannot be used
                (folder / 'audio_dataset' / 'text.wav').write_text('These are no samples.')
            started[package] = subprocess.Popen(
                ['bash', '-c', SPARK if package == 'pyspark' else 'python songs.py'], cwd=folder,
                env=dict(os.environ, PATH=path), text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return started


@pytest.mark.parametrize('package', PACKAGES)
def test_block(package, processes):
    if package not in processes:
        pytest.skip(missing(package))
    out, err = processes[package].communicate(timeout=300)
    assert processes[package].returncode == 0, err
    says = BLOCKS[package].splitlines()[-1].removeprefix('# ')
    assert out.splitlines()[-1] == says.replace('0 skipped', '1 skipped')  # the file above
