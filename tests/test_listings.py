"""Each listing has what the page names, in the page's order, and no statement uncounted."""
import ast
import re
import textwrap

import pytest
from conftest import ROOT

SCRIPTS = ['audio_clustering', 'audio_segmentation', 'som']
SOURCES = {script: (ROOT / f'{script}.py').read_text('utf-8') for script in SCRIPTS}
LISTINGS = {int(number): cell for script in SCRIPTS for number, cell in re.findall(
    r'(?ms)^ *#(?: %%)? Listing (\d+):.*?\n(.*?)(?=^# %%|^    # Listing|\Z)', SOURCES[script])}
PAGE = {int(number): (int(count), names.split('|')) for number, count, names in re.findall(
    r'(?ms)^(\d+) \((\d+) statements\): (.*?)(?=^\d|\Z)', (ROOT / 'tests/page.txt').read_text())}


@pytest.mark.parametrize('number', range(1, 13))
def test_a_listing_has_what_the_page_names_and_no_statement_uncounted(number):
    count, names = PAGE[number]
    statements = [node for node in ast.walk(ast.parse(textwrap.dedent(LISTINGS[number])))
                  if isinstance(node, ast.stmt)]
    docstrings = [node for node in statements if hasattr(node, 'name') and ast.get_docstring(node)]
    assert len(statements) - len(docstrings) == count
    code = ' '.join(re.sub('#.*', '', LISTINGS[number]).split())
    for name in names:
        pattern = re.escape(' '.join(name.split())) + r'(?!\w)' * name.strip()[-1].isalnum()
        found = re.search(r'(?<!\w)' * name.strip()[0].isalnum() + pattern, code)
        assert found, f'Listing {number} lacks {name}, or has it too early'
        code = code[found.end():]


def test_functions_of_both_audio_scripts_are_the_same():
    clustering, segmentation = ({node.name: ast.get_source_segment(SOURCES[script], node)
                                 for node in ast.parse(SOURCES[script]).body
                                 if hasattr(node, 'name')} for script in SCRIPTS[:2])
    common = clustering.keys() & segmentation.keys()
    differ = {name for name in common if clustering[name] != segmentation[name]}
    assert differ == {'get_dataset', 'save_picture'}
