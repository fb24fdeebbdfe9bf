"""The sounds that come with the scripts are what their generator makes."""
import importlib.util
import shutil

import numpy as np
import pytest
from helpers import ROOT
from scipy.io import wavfile

DATASET = ROOT / 'audio_dataset'
CLIPS = ['cough_1', 'cough_2', 'scream_1', 'scream_2', 'scream_3']


@pytest.fixture
def generator(tmp_path):
    """The generator, writing into a temporary folder."""
    spec = importlib.util.spec_from_file_location('synthesize', DATASET / 'synthesize.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.FOLDER = str(tmp_path)
    return module


def test_generator_makes_the_clips_again(generator, tmp_path):
    generator.make_clips()
    for clip in CLIPS:
        rate, made = wavfile.read(tmp_path / f'{clip}.wav')
        shipped_rate, shipped = wavfile.read(DATASET / f'{clip}.wav')
        assert rate == shipped_rate == 44100 and shipped.ndim == 1 and shipped.dtype == np.int16
        assert 1 <= len(shipped) / rate <= 3.5
        assert np.abs(made.astype(int) - shipped).max() <= 1  # versions of NumPy and SciPy may round differently


@pytest.mark.skipif(not shutil.which('espeak-ng'), reason='espeak-ng is not installed')
def test_generator_makes_the_conversation_again(generator, tmp_path):
    generator.make_conversation()
    for name in ['two_voices.txt', 'two_voices.wav']:
        assert abs((tmp_path / 'podcast' / name).stat().st_size / (DATASET / 'podcast' / name).stat().st_size - 1) < 0.1


def test_conversation_lasts_as_its_turns_say():
    rate, samples = wavfile.read(DATASET / 'podcast' / 'two_voices.wav')
    turns = [line.split() for line in (DATASET / 'podcast' / 'two_voices.txt').read_text().splitlines()]
    times = [float(time) for begin, end, _ in turns for time in (begin, end)]
    assert rate == 44100 and samples.ndim == 1 and samples.dtype == np.int16 and 32 <= len(samples) / rate <= 50
    assert times == sorted(times) and 0 <= times[0] and times[-1] <= len(samples) / rate
    assert {voice for _, _, voice in turns} == {'low', 'high'}
