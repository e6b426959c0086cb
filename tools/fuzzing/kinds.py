"""One function per kind of reader: files and commands of one case, drawn from a random.Random.

A case is (files, commands, inputs): path → bytes in a folder of its own, command lines, and how many mutated inputs it holds.
"""
import functools
import os
import random as randomness
import sqlite3
import struct
import tempfile

from . import mutate
from .corpus import Corpus

KINDS = {}
# Statements may take long on purpose: they are interrupted.
INTERRUPTED = {"sql"}


def kind(function):
    KINDS[function.__name__.replace("_", "-")] = function
    return function


def predict(corpus, data, *options, weights=None):
    return ["engram-ingest", "predict", "--model", "alexnet-cifar", "--weights", weights or corpus.weights, "--data", data,
            "--threads", "1", "--format", "csv", *options]


def one_changed(random, files, change=mutate.changed):
    """One or two of some files changed, or one left out."""
    files = dict(files)
    for _ in range(random.choice([1, 1, 1, 2])):
        name = random.choice(sorted(files))
        if len(files) > 1 and random.random() < 0.02:
            del files[name]
        else:
            files[name] = change(random, files[name], tuple(files.values()))
    return files


@kind
def safetensors(random, corpus):
    if random.random() < 0.2:
        with open(corpus.weights, "rb") as file:
            data = file.read()
        if random.random() < 0.8:
            # Numbers that are none, in a file that is sound.
            data = bytearray(data)
            for _ in range(random.choice([1, 10, 1000])):
                at = len(data) - 4 * random.randrange(1, 100_000)
                number = random.choice([b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\0\0\x80\xff", b"\xff\xff\x7f\x7f", b"\1\0\0\0"])
                data[at:at + 4] = number
            return {"w.safetensors": bytes(data)}, [predict(corpus, "shapes:test:1", weights="w.safetensors")], 1
    else:
        data = random.choice(list(corpus.safetensors.values()))
    size = 8 + struct.unpack("<Q", data[:8])[0]
    if random.random() < 0.6:
        data = mutate.changed_safetensors(random, data)
    else:
        data = mutate.changed(random, data[:size]) + data[size:]
    return {"w.safetensors": data}, [predict(corpus, "shapes:test:1", weights="w.safetensors")], 1


@kind
def pytorch(random, corpus):
    name = random.choice(sorted(corpus.torch))
    data, others = corpus.torch[name], tuple(corpus.torch.values())
    if data[:2] == b"PK" and random.random() < 0.7:
        data = mutate.changed_zip(random, data, lambda random, part: mutate.changed(random, part, others))
    else:
        data = mutate.changed(random, data, others)
    key = random.choice(["", "", ":state_dict", ":state_dict_ema", ":model.module", ":module", ":models.network", ":", "::", ":é"])
    return {name: data}, [predict(corpus, "shapes:test:1", weights=name + key)], 1


@kind
def models(random, corpus):
    """An ONNX file, with the one of its weights where it has that, or an exported program, whose descriptions are JSON."""
    name = random.choice(sorted(name for name in corpus.models if name.endswith((".onnx", ".pt2"))))
    data, others = corpus.models[name], tuple(corpus.models.values())
    weights = {other: corpus.models[other] for other in corpus.models if other.endswith(".data")}
    if data[:2] == b"PK" and random.random() < 0.8:
        def change(random, part):
            if part[:1] == b"{" and random.random() < 0.8:
                return mutate.changed_json(random, part.decode()).encode()
            return mutate.changed(random, part, others)

        data = mutate.changed_zip(random, data, change, ".json")
    else:
        data = mutate.changed(random, data, others)
    if random.random() < 0.1:
        weights = {other: mutate.changed(random, content) for other, content in weights.items() if random.random() < 0.8}
    return {name: data, **weights}, [["engram-ingest", "describe", name]], 1


@kind
def images(random, corpus):
    files = {}
    for label in range(10):
        for _ in range(4):
            name = random.choice(sorted(corpus.images))
            data = corpus.images[name]
            change = mutate.changed_png if random.random() < 0.5 else mutate.changed
            files[f"photos/class{label}/{len(files)}-{name}"] = change(random, data)
        files[f"photos/class{label}/whole.png"] = corpus.images["rgb.png"]
    return files, [predict(corpus, "photos", "--preprocess", "squash=32,crop=28,standardise")], 40


@kind
def arrays(random, corpus):
    files = one_changed(random, corpus.arrays())
    return {"set/" + name: data for name, data in files.items()}, [predict(corpus, "npy:set")], 1


@kind
def cifar(random, corpus):
    form = random.choice([corpus.cifar_binary, corpus.cifar100_binary, corpus.cifar_python, corpus.cifar100_python])
    files = {"set/" + name: data for name, data in one_changed(random, form()).items()}
    return files, [predict(corpus, "set:" + random.choice(["train", "test"]))], 1


@kind
def pickles(random, corpus):
    data = mutate.changed(random, random.choice([corpus.python["batch"], corpus.python["batch-4"]]), tuple(corpus.python.values()))
    files = {"set/data_batch_1": data, "set/batches.meta": corpus.python["batches.meta"]}
    if random.random() < 0.3:
        files = {"set/data_batch_1": corpus.python["batch"], "set/batches.meta": mutate.changed(random, corpus.python["batches.meta"])}
    return files, [predict(corpus, "set:train")], 1


@kind
def published(random, corpus):
    """One of the published forms that have no kind of their own; MATLAB's compressed arrays also with what is in them changed."""
    name, split = random.choice([
        ("CIFAR-10-C", "gaussian_noise:2"), ("CIFAR-10-C", "fog:1"), ("cifar-10.1", "v6"), ("svhn", "train"), ("svhn", "test"),
        ("svhn", "extra"), ("stl", "train"), ("emnist-gzip", "letters:test"), ("kmnist-arrays", "test"), ("protocol-0", "test"),
        ("protocol-5", "test"), ("root", "test"), ("root/EMNIST", "balanced:test")])
    files = corpus.published(name)

    def change(random, data, others):
        if data[:6] == b"MATLAB" and random.random() < 0.7:
            return mutate.changed_matlab(random, data)
        if data[:2] == b"PK" and random.random() < 0.7:
            return mutate.changed_zip(random, data, lambda random, part: mutate.changed(random, part))
        return mutate.changed(random, data, others)

    files = {"set/" + key: data for key, data in one_changed(random, files, change).items()}
    if random.random() < 0.1:
        split = mutate.changed_text(random, split, corpus.option_words).replace("\0", "")[:200]
    return files, [predict(corpus, "set:" + split)], 1


@kind
def archives(random, corpus):
    """Arrays of every layout and type: in a folder, or in an .npz file."""
    size = "--preprocess", "squash=28,standardise"
    options = random.choice([""] * 12 + [":layout=nchw", ":range=1", ":layout=hwcn,range=255", ":range=1e-300", ":images=images", ":labels=images"])
    if random.random() < 0.5:
        name = random.choice(["keras.npz", "medmnist.npz", "plain.npz", "unnamed.npz", "own-names.npz"])
        data = corpus.published("archives")[name]
        data = (mutate.changed_zip(random, data, lambda random, part: mutate.changed(random, part)) if random.random() < 0.6
                else mutate.changed(random, data))
        split = random.choice(["", ":test", ":train"])
        return {"set.npz": data}, [predict(corpus, f"npy:set.npz{split}{options}", *size)], 1
    folder = random.choice([folder for folder in corpus.array_folders if "images.npy" in corpus.published(folder)])
    files = one_changed(random, corpus.published(folder))
    return {"set/" + name: data for name, data in files.items()}, [predict(corpus, "npy:set" + options, *size)], 1


@kind
def idx(random, corpus):
    files = one_changed(random, corpus.idx(random.random() < 0.3))
    return {"set/" + name: data for name, data in files.items()}, [predict(corpus, "idx:set:" + random.choice(["train", "test"]))], 1


@kind
def lists(random, corpus):
    names = [f"{i}.png" for i in range(10)]
    files = {name: corpus.images["rgb.png"] for name in names}
    comma = random.choice([",", " ", "\t"])
    text = random.choice(["", "file,label\n", "\ufeff"]) + "".join(f"{name}{comma}class {i}\n" for i, name in enumerate(names))
    name = random.choice(["labels.csv", "labels.txt"])
    files[name] = mutate.changed(random, text.encode())
    return ({"set/" + key: data for key, data in files.items()},
            [predict(corpus, "set", "--preprocess", "squash=32,crop=28,standardise")], 1)


@kind
def folders(random, corpus):
    """The forms that folders of images are published in, with one of their lists changed."""
    image = corpus.images["rgb.png"]
    flat = {f"ILSVRC2012_val_0000000{i}.JPEG": image for i in range(1, 10)}
    numbers = [f"n0144{random.choice(['0764', '3537', '1001'])}" for _ in range(9)]
    form = random.randrange(6)
    files, data = dict(flat), "set"
    if form == 0:
        files["LOC_val_solution.csv"] = "ImageId,PredictionString\n" + "".join(
            f"{name[:-5]},{number} 1 2 3 4 \n" for name, number in zip(flat, numbers))
    elif form == 1:
        files["val.txt"] = "".join(f"{name} {i * 99}\n" for i, name in enumerate(flat))
    elif form == 2:
        files["ILSVRC2012_validation_ground_truth.txt"] = "".join(f"{i % 3 + 1}\n" for i in range(9))
        files["map_clsloc.txt"] = "n01440764 1 tench\nn01443537 2 goldfish\nn01484850 3 shark\n"
    elif form == 3:
        files["labels.csv"] = ",file,label\n" + "".join(f"{i},\"{name}\";class {i}\n".replace(";", ",") for i, name in enumerate(flat))
        files[f"{random.choice(['cat', 'train', '1'])}/a.png"] = image
        data = random.choice(["set", "labels:set", "labels:set/labels.csv", "folder:set"])
    elif form == 4:
        files = {"wnids.txt": "n01443537\nn01440764\n", "words.txt": "n01443537\tgoldfish, x\nn01440764\ttench\n",
                 "train/n01443537/images/a.JPEG": image, "val/images/val_0.JPEG": image,
                 "val/val_annotations.txt": "val_0.JPEG\tn01443537\t0\t32\t44\t62\n"}
        data = random.choice(["set:train", "set:val", "set", "set/val"])
    else:
        files = {f"{part}/{severity}/n01443537/a.png": image for part in ("noise/gaussian_noise", "noise/shot_noise") for severity in (1, 2)}
        data = random.choice(["set", "set:gaussian_noise:2", "set:shot_noise:9", "set/noise", "set/noise/shot_noise", "set:noise:1"])
        data = mutate.changed_text(random, data, ["set", ":", "1", "noise"]).replace("\0", "")[:2000]
    texts = {name: files.pop(name).encode() for name in list(files) if isinstance(files[name], str)}
    if texts:
        files.update(one_changed(random, texts))
    return ({"set/" + name: data for name, data in files.items()},
            [predict(corpus, data, "--preprocess", "squash=32,crop=28,standardise")], 1)


@kind
def training(random, corpus):
    files = dict(corpus.training)
    if random.random() < 0.7:
        data = files["checkpoint.safetensors"]
        size = 8 + struct.unpack("<Q", data[:8])[0]
        files["checkpoint.safetensors"] = (
            mutate.changed_safetensors(random, data) if random.random() < 0.5
            else training_record(random, data, size))
    else:
        files["log.jsonl"] = mutate.changed(random, files["log.jsonl"])
    files = {"net/" + name: data for name, data in files.items()}
    if random.random() < 0.3:
        return files, [["engram-train", "--from", "net/checkpoint.safetensors", "--data", "shapes:train:32", "--test", "none",
                        "--outliers", "shapes:test:8", "--epochs", "1", "--threads", "1", "--out", "fine-tuned"]], 1
    return files, [["engram-train", "--resume", "--out", "net", "--epochs", "2", "--threads", "1"]], 1


def training_record(random, data, size):
    """The JSON that stands as a text in the header's JSON."""
    import json
    header = json.loads(data[8:size])
    for key, text in header["__metadata__"].items():
        header["__metadata__"][key] = mutate.changed_json(random, text)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data[size:]


def warehouse_command(random, path="w.db"):
    name = random.choice(["clean", "blurred"])
    query = random.choice(sorted(warehouse_command.queries))
    return random.choice([
        ["engram-ingest", "verify", path], ["engram-ingest", "verify", path], ["engram-ingest", "runs", path],
        ["engram-ingest", "measure", path], ["engram-ingest", "measure", path, "--bootstrap", "3"],
        ["engram-ingest", "measure", path, "--between", "clean,blurred"],
        ["engram-ingest", "measure", path, "--run", "blurred", "--under", "clean"],
        ["engram-ingest", "measure", path, "--run", "clean", "--detect", "training"],
        ["engram-ingest", "measure", path, "--run", name, "--by", "predicted"],
        ["engram-ingest", "detect", path, "--run", name, "--reference", "training", "--weights", warehouse_command.weights,
         "--data", "shapes:test:30", "--data", "shapes:train:40", "--detectors", "gram:orders=2"],
        ["engram-ingest", "merge", "merged.db", path], ["engram-ingest", "delete", path, "--run", name],
        ["engram-ingest", "copy", path, "copied.db"], ["engram-ingest", "copy", path, "one.db", "--runs", name],
        ["engram-ingest", "compact", path],
        ["engram-report", path, "--out", "r.html"],
        ["engram-query", "export", path, random.choice(["bitsets", "x", "z", "counts", "divergence", "entanglement"]), "--run", name, "--output", random.choice(["a.npy", "a.npz", "a.csv"])],
        ["engram-query", "export", path, "parquet", "--output", "folder"], ["engram-query", "export", path, "parquet", "--output", "folder"],
        ["engram-query", "export", path, random.choice(["activation", "score", "predictions", "sample"]), "--output", random.choice(["r.npz", "r.parquet"])],
        ["engram-query", path, query], ["engram-query", path, query], ["engram-query", path, query, "--format", "json"],
    ])


@kind
def warehouse_bytes(random, corpus):
    warehouse_command.queries = [name.removesuffix(".sql") for name in corpus.queries]
    warehouse_command.weights = corpus.weights
    data = bytearray(corpus.warehouse)
    for _ in range(random.choice([1, 1, 2, 5, 20])):
        # The first pages say how the others are to be read.
        at = random.randrange(len(data)) if random.random() < 0.6 else random.randrange(8192 * random.choice([1, 4, 40]))
        at = min(at, len(data) - 1)
        part = mutate.changed(random, data[at:at + 64])[:64]
        data[at:at + len(part)] = part
    if random.random() < 0.1:
        del data[random.randrange(len(data)):]
    return {"w.db": bytes(data)}, [warehouse_command(random)], 1


HOSTILE = [None, -1, 0, 1, 2, 2**31, 2**63 - 1, -2**63, float("inf"), float("-inf"), -1e308, 1e-320, 0.5, "", "x", "\0", "a,b", "null",
           "{}", "[1]", "9" * 400, b"", b"\0", b"ETB\x01", bytes(100)]


@kind
def warehouse_rows(random, corpus):
    warehouse_command.queries = [name.removesuffix(".sql") for name in corpus.queries]
    warehouse_command.weights = corpus.weights
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "w.db")
        with open(path, "wb") as file:
            file.write(corpus.warehouse)
        database = sqlite3.connect(path, isolation_level=None)
        # Checks keep much out: half the files are written past them.
        database.execute("pragma foreign_keys = off")
        database.execute(f"pragma ignore_check_constraints = {random.choice(['on', 'off'])}")
        tables = [row[0] for row in database.execute("select name from sqlite_schema where type = 'table' order by name")]
        for _ in range(random.choice([1, 1, 2, 4])):
            table = random.choice(tables)
            column = random.choice([row[1] for row in database.execute(f"pragma table_info({table})")])
            rows = [row[0] for row in database.execute(f"select rowid from {table} order by rowid")]
            if not rows:
                continue
            row = random.choice(rows)
            old = database.execute(f"select {column} from {table} where rowid = ?", (row,)).fetchone()[0]
            value = random.choice(HOSTILE)
            if isinstance(old, bytes) and random.random() < 0.8:
                value = mutate.changed(random, old)
            elif isinstance(old, str) and random.random() < 0.5:
                value = mutate.changed_json(random, old) if old[:1] in "[{" else mutate.changed(random, old.encode()).decode(errors="replace")
            condition = "rowid = ?" if random.random() < 0.8 else "? is not null"
            statement = f"update {table} set {column} = ? where {condition}"
            parameters = (value, row)
            if random.random() < 0.05:
                statement, parameters = f"delete from {table} where {condition}", (row,)
            try:
                database.execute(statement, parameters)
            except sqlite3.Error:
                pass  # The schema refuses it, as it should.
            except OverflowError:
                pass
        database.execute("pragma wal_checkpoint(truncate)")
        database.close()
        with open(path, "rb") as file:
            data = file.read()
    return {"w.db": data}, [warehouse_command(random)], 1


@kind
def sql(random, corpus):
    name = random.choice(sorted(corpus.queries))
    text = mutate.changed_text(random, corpus.queries[name], corpus.words)
    if random.random() < 0.3:
        function = random.choice([word for word in corpus.words if word.startswith("engram_")])
        values = ["null", "0", "-1", "x", "z", "bits", "counts", "x''", "x'00'", "1e999", "9223372036854775807", "'a'", "zeroblob(1000)",
                  "n_out", "n_in", "randomblob(64)"]
        arguments = ", ".join(random.choice(values) for _ in range(random.randrange(6)))
        source = "activation join significance using (sample_id) join class_profile"
        text = (f"select {function}({arguments}) from {source} limit 50" if random.random() < 0.7 else
                f"select f.* from (select * from {source} limit 5), {function}({arguments}) as f limit 50")
    data = text.encode() if random.random() < 0.9 else mutate.changed(random, text.encode())
    form = random.choice(["table", "csv", "json", "jsonl"])
    return {"q.sql": data}, [["engram-query", os.path.join(corpus.folder, "w.db"), "--file", "q.sql", "--format", form]], 1


@kind
def options(random, corpus):
    """The small languages of options, and values of saved queries."""
    grammar = [
        ("--preprocess", ["imagenet", "caffe,crop=28", "resize=32,crop=28,scale=255,mean=1/2/3,std=1/1/1,order=bgr", "squash=28,standardise"]),
        ("--attack", ["fgsm:eps=8/255", "odin:eps=0.0014,T=1000", "pgd:eps=8/255,step=2/255,steps=2,restarts=2,norm=l2,start=zero,seed=3"]),
        ("--shift", ["blur:3", "gaussian-noise:1", "sign-noise:eps=8/255", "jpeg:5"]),
        ("--classes", ["0,1,2", "circle,cross", "random:3"]), ("--limit", ["3"]), ("--per-class", ["1"]), ("--seed", ["7"]),
        ("--data", ["shapes:test:3@7", "shapes-stylised:train:2"]),
    ]
    if random.random() < 0.3:
        name = random.choice(sorted(corpus.queries))
        names = sorted({line.split()[1][1:] for line in corpus.queries[name].splitlines() if line.startswith("-- :")})
        words = [os.path.join(corpus.folder, "w.db"), name.removesuffix(".sql")]
        for parameter in names:
            words += [f"--{parameter}", random.choice(["clean", "fc3", "-1", "0", "1", "1e999", "nan", "", "x", "9223372036854775807"])]
        return {}, [["engram-query", *words]], 1
    words = ["--data", "shapes:test:2"]
    for option, texts in random.sample(grammar, random.choice([1, 1, 2])):
        text = random.choice(texts)
        change = mutate.changed(random, text.encode()) if random.random() < 0.3 else (
            mutate.changed_text(random, text, corpus.option_words).encode())
        changed = change.replace(b"\0", b"")[:2000]
        words += [option, os.fsdecode(changed)]
    return {}, [predict(corpus, *words[1:])], 1
