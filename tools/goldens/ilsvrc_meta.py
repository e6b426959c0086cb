"""Writes Tests/DataSetsTests/Fixtures/ilsvrc/: meta.mat as ILSVRC 2012's development kit has it, of three classes and an inner node,
compressed and not. Needs SciPy.
"""

import pathlib

import numpy as np
from scipy.io import savemat

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/DataSetsTests/Fixtures/ilsvrc"
FIELDS = ["ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "children", "wordnet_height", "num_train_images"]
ROWS = [(1, "n02119789", "kit fox, Vulpes macrotis", "a small grey fox", 0, [], 0, 1300),
        (2, "n02100735", "English setter", "an English breed", 0, [], 0, 1300),
        (3, "n02110185", "Siberian husky", "a breed of sled dog", 0, [], 0, 1300),
        (1001, "n00001740", "entity", "", 3, [1, 2, 3], 5, 0)]

synsets = np.empty((len(ROWS), 1), dtype=[(name, object) for name in FIELDS])
for i, row in enumerate(ROWS):
    for name, value in zip(FIELDS, row):
        synsets[i, 0][name] = np.array(value, np.uint16) if name == "num_train_images" else (
            np.array([value], float) if not isinstance(value, str) else value)
FOLDER.mkdir(parents=True, exist_ok=True)
savemat(FOLDER / "meta.mat", {"other": np.arange(3), "synsets": synsets})
savemat(FOLDER / "meta-compressed.mat", {"synsets": synsets}, do_compression=True)
