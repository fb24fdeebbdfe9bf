"""The page's names stand in the page's order, each in its listing, and the two audio scripts share their text."""
import ast
import re

import pytest
from helpers import ROOT, SCRIPTS

SOURCES = {script: (ROOT / f'{script}.py').read_text(encoding='utf-8') for script in SCRIPTS}
KMEANS = ['initial_cluster_centroids', 'assign_cluster', 'recompute_centroids']
LISTINGS = [  # number, script, what it defines, in order
    (1, 'audio_clustering', ['filenames', 'count_num_files', 'filename_queue', 'reader', 'filename', 'file_contents']),
    (2, 'audio_clustering', ['get_chromagram']),
    (3, 'audio_clustering', ['chroma', 'max_freqs', 'get_next_chromagram', 'extract_feature_vector', 'get_dataset']),
    (4, 'audio_clustering', KMEANS),
    (5, 'audio_segmentation', ['chroma', 'max_freqs', 'get_chromagram', 'get_dataset']),
    (6, 'audio_segmentation', ['rows']),
    (7, 'som', ['SOM', '__init__']),
    (8, 'som', ['get_propagation']),
    (9, 'som', ['get_bmu_loc']),
    (10, 'som', ['get_locs']),
    (11, 'som', ['train']),
    (12, 'som', ['colors', 'som']),
]
SIGNATURES = {
    'audio_clustering': ['get_next_chromagram(sess)', 'extract_feature_vector(sess, chroma_data)', 'get_dataset(sess)',
                         'initial_cluster_centroids(X, k)', 'assign_cluster(X, centroids)', 'recompute_centroids(X, Y)',
                         'F = Chromagram(audio_file, nfft=16384, wfft=8192, nhop=2205)'],
    'audio_segmentation': ['get_chromagram(audio_file)', 'get_dataset(sess, audio_file)',
                           'extract_feature_vector(sess, chroma_data)', 'segment_size = 50'],
    'som': ['__init__(self, width, height, dim)', 'get_propagation(self, bmu_loc, x, iter)', 'get_bmu_loc(self, x)',
            'get_locs(self)', 'train(self, data)', 'SOM(4, 4, 3)', 'self.num_iters = 100'],
}


def opening_lines(script):
    """The line that opens each listing of a script, by its number, in order."""
    pattern = re.compile(r'(# %%|    #) Listing (\d+): \S')
    matches = [(n, pattern.match(line)) for n, line in enumerate(SOURCES[script].splitlines(), 1)]
    for n, match in matches:
        if match:
            assert (match[1] == '    #') == (8 <= int(match[2]) <= 11)  # a cell cannot begin within a class
    return {int(match[2]): n for n, match in matches if match}


def defined(script):
    """Every name that a module or its class defines, with its line."""
    tree = ast.parse(SOURCES[script])
    for node in [*tree.body, *(item for node in tree.body if isinstance(node, ast.ClassDef) for item in node.body)]:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.lineno, node.name
        elif isinstance(node, ast.Assign):
            yield from ((node.lineno, name.id) for name in ast.walk(node.targets[0]) if isinstance(name, ast.Name))


@pytest.mark.parametrize('script', SCRIPTS)
def test_listings_open_in_order_and_define_the_names_of_the_page(script):
    wanted = [(number, names) for number, in_script, names in LISTINGS if in_script == script]
    lines = opening_lines(script)
    assert list(lines) == [number for number, _ in wanted]
    for number, names in wanted:
        end = lines.get(number + 1, len(SOURCES[script]))
        there = [name for line, name in sorted(defined(script), key=lambda item: item[0]) if lines[number] < line < end]
        assert [name for name in there if name in names] == names
    for signature in SIGNATURES[script]:
        assert signature in SOURCES[script]
    for setting in ['k = 2', 'max_iterations = 100'] if script != 'som' else []:
        assert re.search(rf'(?m)^{setting}\b', SOURCES[script])


def test_functions_that_stand_in_both_audio_scripts_are_the_same_text():
    texts = [{node.name: ast.get_source_segment(SOURCES[script], node) for node in ast.parse(SOURCES[script]).body
              if isinstance(node, (ast.FunctionDef, ast.ClassDef))} for script in SCRIPTS[:2]]
    twins = set(texts[0]) & set(texts[1]) - {'get_dataset', 'get_chromagram', 'save_picture'}
    assert twins == {'read_wav', 'note_bands', 'Chromagram', 'extract_feature_vector', *KMEANS}
    for name in twins:
        assert texts[0][name] == texts[1][name]
