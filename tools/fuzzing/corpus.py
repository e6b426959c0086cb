"""Valid inputs that mutations start from: the tests' fixtures, and small files of every format made here."""
import glob
import gzip
import json
import os
import re
import struct
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTS = os.path.join(ROOT, "Tests")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def fixtures(pattern):
    """Name → bytes."""
    found = {os.path.basename(path): read(path) for path in sorted(glob.glob(os.path.join(TESTS, pattern)))}
    assert found, pattern
    return found


def npy(descr, shape, data):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header += " " * (-(11 + len(header)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def safetensors(tensors):
    header, data = {"__metadata__": {"format": "pt", "training": "{\"epochs\": 1}"}}, b""
    for name, (kind, shape, content) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def pixels(count):
    return bytes((i * 73 + i // 7) % 256 for i in range(count))


class Corpus:
    """What needs the programs to make it is made once, in a folder of its own."""

    def __init__(self, binaries, folder):
        self.folder = folder
        self.binaries = binaries

        def program(name, *words):
            done = subprocess.run([os.path.join(binaries, name), *words], cwd=folder, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"fuzz: {name} {' '.join(words)}: {done.stderr}")

        program("engram-train", "--data", "shapes:train:32", "--test", "none", "--epochs", "1", "--out", "net")
        self.weights = os.path.join(folder, "net", "overtrained.safetensors")
        self.training = {name: read(os.path.join(folder, "net", name)) for name in ("checkpoint.safetensors", "log.jsonl")}
        ingest = ["--model", "alexnet-cifar", "--weights", self.weights, "--layers", "fc3", "--into", "w.db"]
        program("engram-ingest", *ingest, "--data", "shapes:test:30", "--name", "clean")
        program("engram-ingest", *ingest, "--data", "shapes:test:30", "--shift", "blur:3", "--name", "blurred", "--bitsets", "derived",
                "--profiles", "streamed")
        program("engram-ingest", *ingest, "--data", "shapes:train:40", "--name", "training")
        for options in (["--between", "clean,blurred"], ["--run", "clean", "--bootstrap", "3"], ["--run", "clean", "--by", "predicted"],
                        ["--run", "blurred", "--under", "clean"], ["--run", "blurred", "--detect", "training"]):
            program("engram-ingest", "measure", "w.db", *options)
        self.warehouse = read(os.path.join(folder, "w.db"))

        self.torch = fixtures("WeightFilesTests/Fixtures/torch/*.pth") | fixtures("WeightFilesTests/Fixtures/wrappings/*.pth")
        self.models = {name: data for name, data in fixtures("ModelFilesTests/Fixtures/*").items() if not name.endswith(".json")}
        self.safetensors = dict(fixtures("NetworksTests/Fixtures/alexnet-cifar.safetensors"))
        self.safetensors |= fixtures("WeightFilesTests/Fixtures/wrappings/*.safetensors")
        self.safetensors["small.safetensors"] = safetensors({
            "a": ("F32", [2, 3], pixels(24)), "b.bias": ("BF16", [4], pixels(8)), "c": ("I64", [], pixels(8)), "d": ("F16", [0, 3], b"")})
        self.images = {name: data for folder in ("images", "formats")
                       for name, data in fixtures(f"DataSetsTests/Fixtures/{folder}/*").items() if not name.endswith((".bin", ".txt"))}
        self.python = fixtures("DataSetsTests/Fixtures/python/*")
        self.queries = {name: data.decode() for name, data in self._queries().items()}
        words = " ".join(self.queries.values()) + read(os.path.join(ROOT, "Schema", "Functions.md")).decode()
        self.words = sorted(set(re.findall(r"\w+|[^\w\s]", words)))

        self.option_words = ("0 1 2 3 7 28 32 64 255 8/255 -1 0.5 : , / = @ eps step steps norm l2 linf start zero target seed restarts resize "
                             "squash crop scale mean std order rgb bgr standardise imagenet caffe unit circle star random fgsm pgd blur "
                             "contrast brightness pixelate jpeg shapes test train").split()

    def _queries(self):
        return {os.path.basename(path): read(path) for path in sorted(glob.glob(os.path.join(ROOT, "Queries", "*.sql")))}

    PUBLISHED = os.path.join(TESTS, "DataSetsTests", "Fixtures", "published")
    array_folders = sorted("arrays/" + name for name in os.listdir(os.path.join(PUBLISHED, "arrays")))

    @classmethod
    def published(cls, name):
        """The files of a folder of the fixtures that tools/goldens/data_sets.py makes."""
        folder = os.path.join(cls.PUBLISHED, name)
        return {os.path.relpath(os.path.join(place, file), folder): read(os.path.join(place, file))
                for place, _, files in sorted(os.walk(folder)) for file in sorted(files)}

    @staticmethod
    def arrays():
        """npy:FOLDER"""
        return {
            "images.npy": npy("|u1", (10, 32, 32, 3), pixels(10 * 3072)),
            "labels.npy": npy("<i8", (10,), struct.pack("<10q", *range(10))),
            "classes.txt": "".join(f"key{i}\tname {i}\n" for i in range(10)).encode(),
            "keys.txt": "".join(f"sample {i}\n" for i in range(10)).encode(),
        }

    @staticmethod
    def cifar_binary():
        names = [f"class {i}" for i in range(10)]
        files = {"batches.meta.txt": ("\n".join(names) + "\n\n").encode()}
        records = b"".join(bytes([i]) + pixels(3072) for i in range(10))
        for name in ("data_batch_1.bin", "test_batch.bin"):
            files[name] = records
        return files

    @staticmethod
    def cifar100_binary():
        files = {"fine_label_names.txt": "".join(f"fine {i}\n" for i in range(100)).encode(),
                 "coarse_label_names.txt": "".join(f"coarse {i}\n" for i in range(20)).encode()}
        for name in ("train.bin", "test.bin"):
            files[name] = b"".join(bytes([i, 10 * i]) + pixels(3072) for i in range(5))
        return files

    def cifar_python(self):
        return {"data_batch_1": self.python["batch"], "test_batch": self.python["batch-2"], "batches.meta": self.python["batches.meta"]}

    def cifar100_python(self):
        return {"train": self.python["hundred"], "test": self.python["hundred"], "meta": self.python["meta"]}

    @staticmethod
    def idx(is_zipped):
        files = {}
        for split, count in (("train", 10), ("t10k", 12)):
            files[f"{split}-images-idx3-ubyte"] = struct.pack(">IIII", 0x803, count, 28, 28) + pixels(count * 784)
            files[f"{split}-labels-idx1-ubyte"] = struct.pack(">II", 0x801, count) + bytes(i % 10 for i in range(count))
        return {name + ".gz": gzip.compress(data, mtime=0) for name, data in files.items()} if is_zipped else files
