"""One run of a warehouse, opened for reading."""
import pathlib
import sqlite3
import sys

from . import encodings


EXTENSION = pathlib.Path(__file__).resolve().parents[2] / ".build-extension/release/libengram0"


def load_extension(db):
    if not hasattr(db, "enable_load_extension"):
        sys.exit("This Python's sqlite3 loads no extensions; Debian's /usr/bin/python3 does.")
    db.enable_load_extension(True)
    db.load_extension(str(EXTENSION))


class Run:
    def __init__(self, path, name=None, perturbed=False):
        """The run of that name, the default one without; a clean one unless `perturbed`."""
        self.db = sqlite3.connect(f"{pathlib.Path(path).resolve().as_uri()}?mode=ro", uri=True)
        if name is None:
            name, = self.one("select run from default_run")
        found = self.all("select run_id, n_samples, bitsets, perturbation from run where name = ?", name)
        if not found:
            known = ", ".join(row[0] for row in self.all("select name from run order by run_id"))
            sys.exit(f'{path}: no run "{name}"; there are: {known}')
        self.id, self.n_samples, self.bitsets, self.perturbation = found[0]
        if (self.perturbation != "none") != perturbed:
            sys.exit(f'{path}: run "{name}" is of perturbation {self.perturbation}: no run for this comparison')
        self.layers = self.all(
            "select layer_id, name, n_in, n_out, n_cols from run_layer join layer using (layer_id)"
            " where run_id = ? order by position", self.id)
        self.samples = self.all(
            "select sample_id, sample.position, sample.class_id, class.position, class.name"
            " from prediction join sample using (sample_id) join class on class.class_id = sample.class_id"
            " where run_id = ? order by sample.position", self.id)

    def all(self, sql, *values):
        return self.db.execute(sql, values).fetchall()

    def one(self, sql, *values):
        rows = self.all(sql, *values)
        if len(rows) != 1:
            sys.exit(f"expected one row, found {len(rows)}: {sql} {values}")
        return rows[0]

    def profile(self, layer, kind, grouping, label):
        """N and the counters of one class."""
        return encodings.read_counts(row[0] for row in self.all(
            "select counts from class_profile where (run_id, layer_id, kind, grouping, class_id) = (?, ?, ?, ?, ?)"
            " order by block", self.id, layer, kind, grouping, label))

    def profiles(self, layer, kind, grouping):
        return {label: self.profile(layer, kind, grouping, label) for label, in self.all(
            "select distinct class_id from class_profile where (run_id, layer_id, kind, grouping) = (?, ?, ?, ?)"
            " order by class_id", self.id, layer, kind, grouping)}
