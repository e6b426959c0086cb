"""Writes Fixtures/published of Tests/DataSetsTests: small data sets in every published form that is arrays, and what PyTorch's
own loaders (torchvision, SciPy, NumPy) make of them: labels, order, pixels. Images are smooth, so that the files stay small."""

import gzip
import json
import pathlib
import pickle
import shutil
import struct
import zlib

import numpy as np
import scipy.io
import torch

# torchvision imports without its compiled operators once their names are known.
LIBRARY = torch.library.Library("torchvision", "DEF")
for operator in ("nms", "qnms"):
    LIBRARY.define(f"{operator}(Tensor dets, Tensor scores, float threshold) -> Tensor")

from torchvision import datasets  # noqa: E402

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/DataSetsTests/Fixtures/published"
TEN = "airplane automobile bird cat deer dog frog horse ship truck".split()
EXPECTED = []


def images(count, height, width, channels, seed):
    """uint8, N × height × width × channels: a gradient of its own in every image and channel."""
    random = np.random.default_rng(seed)
    n, y, x, c = np.ogrid[:count, :height, :width, :channels]
    a, b, d = (random.integers(1, 9, (count, 1, 1, channels)) for _ in range(3))
    return ((a * y + b * x + 40 * d + 17 * n) % 256).astype(np.uint8)


def expect(source, classes, labels, pixels, first=None):
    """Pixels N × height × width, or with three colours behind them; `source` from the fixtures' folder on.

    The label -1 is none, as torchvision has it."""
    pixels = np.asarray(pixels, dtype=np.uint8)
    if pixels.ndim == 3:
        pixels = np.repeat(pixels[..., None], 3, axis=3)
    planes = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
    EXPECTED.append({
        "source": source, "classes": list(classes), "labels": [int(label) for label in labels], "height": pixels.shape[1],
        "width": pixels.shape[2], "checksum": zlib.crc32(planes.tobytes()), "firstKey": first})


def folder(name):
    path = FOLDER / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def idx(path, array):
    data = bytes([0, 0, 8, array.ndim]) + b"".join(struct.pack(">I", side) for side in array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(data, mtime=0) if path.name.endswith(".gz") else data)


def mnist_like():
    """torchvision's root: MNIST, Fashion-MNIST and KMNIST under one another's names, EMNIST under its own."""
    root = folder("root")
    digits = [str(i) for i in range(10)]
    for seed, (name, prefix, loader, classes) in enumerate([
            ("MNIST", "idx", datasets.MNIST, digits), ("FashionMNIST", "fashion-mnist", datasets.FashionMNIST, None),
            ("KMNIST", "kmnist", datasets.KMNIST, None)]):
        raw = folder(f"root/{name}/raw")
        splits = ("train", "train", [5, 0, 9]), ("test", "t10k", [7, 2])
        for split, stem, labels in splits:
            idx(raw / f"{stem}-images-idx3-ubyte", images(len(labels), 28, 28, 1, seed)[..., 0])
            idx(raw / f"{stem}-labels-idx1-ubyte", np.array(labels, dtype=np.uint8))
        for split, stem, labels in splits:
            found = loader(root, train=split == "train")
            expected = (classes or loader.classes, found.targets, found.data, f"{stem}/00000")
            expect(f"root/{name}/raw:{split}", *expected)
            expect(f"root/{name}:{split}", *expected)
            expect(f"{prefix}:root/{name}/raw:{split}", *expected)
    raw = folder("root/EMNIST/raw")
    for seed, (name, labels) in enumerate({
            "letters": [1, 26, 3], "balanced": [46, 0, 36], "byclass": [61, 35, 10], "bymerge": [46, 9, 10], "digits": [9, 0],
            "mnist": [3, 4]}.items()):
        for split in ("train", "test"):
            stem = f"emnist-{name}-{split}"
            idx(raw / f"{stem}-images-idx3-ubyte", images(len(labels), 28, 28, 1, 10 + seed)[..., 0])
            idx(raw / f"{stem}-labels-idx1-ubyte", np.array(labels, dtype=np.uint8))
        found = datasets.EMNIST(root, split=name, train=False)
        least = 1 if name == "letters" else 0
        rest = found.classes[least:], [label - least for label in found.targets]
        expect(f"root/EMNIST/raw:{name}:test:stored", *rest, found.data, f"emnist-{name}-test/00000")
        expect(f"root/EMNIST/raw:{name}:test", *rest, found.data.transpose(1, 2), f"emnist-{name}-test/00000")
    zipped = folder("emnist-gzip")
    for kind, number in (("images", 3), ("labels", 1)):
        name = f"emnist-letters-test-{kind}-idx{number}-ubyte"
        (zipped / f"{name}.gz").write_bytes(gzip.compress((raw / name).read_bytes(), mtime=0))
    (zipped / "emnist-letters-mapping.txt").write_text("".join(f"{i} {64 + i} {96 + i}\n" for i in range(1, 27)))
    found = datasets.EMNIST(root, split="letters", train=False)
    expect("emnist-gzip:letters:test", found.classes[1:], [label - 1 for label in found.targets], found.data.transpose(1, 2))
    dots = folder("dots")
    for kind, number in (("images", 3), ("labels", 1)):
        shutil.copy(root / f"MNIST/raw/t10k-{kind}-idx{number}-ubyte", dots / f"t10k-{kind}.idx{number}-ubyte")
    found = datasets.MNIST(root, train=False)
    expect("dots:test", digits, found.targets, found.data, "t10k/00000")
    arrays = folder("kmnist-arrays")
    found = datasets.KMNIST(root, train=False)
    np.savez_compressed(arrays / "kmnist-test-imgs.npz", found.data.numpy())
    np.savez_compressed(arrays / "kmnist-test-labels.npz", found.targets.numpy().astype(np.uint8))
    expect("kmnist-arrays:test", datasets.KMNIST.classes, found.targets, found.data, "t10k/00000")


def cifar():
    datasets.cifar.check_integrity = lambda *_: True
    datasets.CIFAR10._check_integrity = lambda _: True
    datasets.CIFAR10.train_list = [["data_batch_1", ""]]
    hundred = sorted("apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle "
                     "caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish "
                     "forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle "
                     "mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine "
                     "possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar "
                     "sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree "
                     "wolf woman worm".split())
    assert len(hundred) == 100

    def flat(count, seed):
        return images(count, 32, 32, 3, seed).transpose(0, 3, 1, 2).reshape(count, 3072)

    def write(place, protocol, name="test_batch"):
        batch = {"batch_label": name, "labels": [3, 8], "data": flat(2, 20), "filenames": ["a.png", "b\\n\n.png", "é.png"]}
        (place / name).write_bytes(pickle.dumps(batch, protocol))
        (place / "batches.meta").write_bytes(pickle.dumps({"label_names": TEN, "num_vis": 3072}, protocol))

    for protocol in range(6):
        place = folder(f"protocol-{protocol}/cifar-10-batches-py")
        write(place, protocol)
        found = datasets.CIFAR10(place.parent, train=False)
        expect(f"protocol-{protocol}/cifar-10-batches-py:test", found.classes, found.targets, found.data, "test_batch/00000")
        expect(f"protocol-{protocol}:test", found.classes, found.targets, found.data, "test_batch/00000")
    write(folder("root/cifar-10-batches-py"), 2, "data_batch_1")
    found = datasets.CIFAR10(FOLDER / "root")
    expect("root/cifar-10-batches-py:train", found.classes, found.targets, found.data, "data_batch_1/00000")
    place = folder("root/cifar-100-python")
    (place / "test").write_bytes(pickle.dumps({"fine_labels": [99, 0], "coarse_labels": [3, 4], "data": flat(2, 25)}, 2))
    (place / "meta").write_bytes(pickle.dumps({"fine_label_names": hundred}, 2))
    found = datasets.CIFAR100(FOLDER / "root", train=False)
    expect("root/cifar-100-python:test", hundred, found.targets, found.data, "test/00000")
    for name, classes, labels, key in (
            ("CIFAR-10-C", TEN, [3, 8], "test_batch/00000"), ("CIFAR-100-C", hundred, [99, 0], "test/00000")):
        place = folder(name)
        np.save(place / "labels.npy", np.tile(np.array(labels, dtype=np.uint8 if name == "CIFAR-10-C" else np.int64), 5))
        np.save(place / "gaussian_noise.npy", images(10, 32, 32, 3, 30))
        np.save(place / "fog.npy", images(5, 32, 32, 3, 31))
        for severity in (1, 3, 5):
            every, part = np.load(place / "gaussian_noise.npy"), slice(2 * (severity - 1), 2 * severity)
            expect(f"{name}:gaussian_noise:{severity}", classes, np.load(place / "labels.npy")[part], every[part], key)
    place = folder("cifar-10.1")
    for version, labels in (("v4", [9]), ("v6", [0, 4])):
        np.save(place / f"cifar10.1_{version}_data.npy", images(len(labels), 32, 32, 3, 34))
        np.save(place / f"cifar10.1_{version}_labels.npy", np.array(labels, dtype=np.int32))
        expect(f"cifar-10.1:{version}", TEN, np.load(place / f"cifar10.1_{version}_labels.npy"),
               np.load(place / f"cifar10.1_{version}_data.npy"), f"{version}/00000")


def others():
    datasets.svhn.check_integrity = lambda *_: True
    datasets.SVHN._check_integrity = lambda _: True
    place = folder("svhn")
    digits = [str(i) for i in range(10)]
    for seed, (split, labels, is_compressed, kind) in enumerate([
            ("train", [1, 10, 9], True, np.uint8), ("test", [10, 2], False, np.uint8), ("extra", [4, 3, 10], True, np.float64)]):
        variables = {"X": images(len(labels), 32, 32, 3, 40 + seed).transpose(1, 2, 3, 0), "y": np.array(labels, dtype=kind)[:, None]}
        scipy.io.savemat(place / f"{split}_32x32.mat", variables, do_compression=is_compressed)
        data = bytearray((place / f"{split}_32x32.mat").read_bytes())
        data[:116] = b"MATLAB 5.0 MAT-file".ljust(116)
        (place / f"{split}_32x32.mat").write_bytes(data)
        found = datasets.SVHN(place, split=split)
        expect(f"svhn:{split}", digits, found.labels, found.data.transpose(0, 2, 3, 1), f"{split}/00000")
    # As MATLAB writes: on a big-endian machine, numbers of class double as bytes where they are small and whole.
    place = folder("svhn-big-endian")
    pixels = images(2, 32, 32, 3, 43).transpose(1, 2, 3, 0)

    def element(kind, data):
        return struct.pack(">II", kind, len(data)) + data + bytes(-len(data) % 8)

    def variable(name, kind, shape, data):
        small = struct.pack(">HH", len(name), 1) + name.encode().ljust(4, b"\0")
        parts = element(6, struct.pack(">II", kind, 0)) + element(5, struct.pack(f">{len(shape)}i", *shape)) + small + element(2, data)
        return element(14, parts)

    (place / "test_32x32.mat").write_bytes(
        b"MATLAB 5.0 MAT-file".ljust(124) + b"\1\0MI" + variable("more", 6, [1, 1], b"\7") + variable("X", 9, pixels.shape, pixels.tobytes("F"))
        + variable("y", 6, [2, 1], bytes([10, 7])))
    found = datasets.SVHN(place, split="test")
    expect("svhn-big-endian:test", digits, found.labels, found.data.transpose(0, 2, 3, 1), "test/00000")
    datasets.STL10._check_integrity = lambda _: True
    datasets.stl10.check_integrity = lambda *_: True
    place = folder("stl/stl10_binary")
    names = "airplane bird car cat deer dog horse monkey ship truck".split()
    (place / "class_names.txt").write_text("\n".join(names) + "\n")
    for seed, (split, labels) in enumerate({"train": [10, 1]}.items()):
        (place / f"{split}_X.bin").write_bytes(images(len(labels), 96, 96, 3, 50 + seed).transpose(0, 3, 2, 1).tobytes())
        (place / f"{split}_y.bin").write_bytes(bytes(labels))
        found = datasets.STL10(place.parent, split=split)
        expect(f"stl:{split}", found.classes, found.labels, found.data.transpose(0, 2, 3, 1), f"{split}/00000")
    (place / "unlabeled_X.bin").write_bytes(images(1, 96, 96, 3, 52).transpose(0, 3, 2, 1).tobytes())
    found = datasets.STL10(place.parent, split="unlabeled")
    expect("stl:unlabeled", [], found.labels, found.data.transpose(0, 2, 3, 1), "unlabeled/00000")


def arrays():
    """npy: and .npz in every layout and type; what is expected is what NumPy loads, brought to N × height × width × 3 bytes."""
    colour, labels = images(4, 5, 6, 3, 60), np.array([2, 0, 1, 2])
    grey = colour[..., 0]
    names = ["0", "1", "2"]

    def save(name, array, options="", pixels=colour, y=labels):
        place = folder(f"arrays/{name}")
        np.save(place / "images.npy", array)
        np.save(place / "labels.npy", y)
        (place / "classes.txt").write_text("".join(f"{c}\n" for c in names))
        expect(f"npy:arrays/{name}{options}", names, labels, pixels, "00000")

    save("nhwc", colour)
    save("nchw", colour.transpose(0, 3, 1, 2).copy())
    save("hwcn", colour.transpose(1, 2, 3, 0).copy())
    save("cnwh", colour.transpose(3, 0, 2, 1).copy(), ":layout=cnwh")
    save("fortran", np.asfortranarray(colour))
    save("grey", grey, pixels=grey)
    save("grey-channel", grey[..., None], pixels=grey)
    save("grey-first", grey[:, None], pixels=grey)
    save("grey-last", grey.transpose(1, 2, 0).copy(), pixels=grey)
    save("alpha", np.concatenate([colour, 255 - colour[..., :1]], axis=3))
    save("unit-float32", (colour / 255).astype(np.float32))
    save("unit-float64", colour / 255)
    save("unit-big-endian", (colour / 255).astype(">f4"))
    save("unit-nchw-fortran", np.asfortranarray((colour / 255).astype(np.float32).transpose(0, 3, 1, 2)))
    save("levels-float32", colour.astype(np.float32))
    save("levels-float16", colour.astype(np.float16))
    save("levels-int64", colour.astype(np.int64))
    save("levels-uint16", colour.astype(">u2"))
    sixteen = colour.astype(np.uint16) * 257
    save("white-65535", sixteen, ":range=65535")
    bits = grey > 100
    save("bits", bits, pixels=bits * np.uint8(255))
    save("bits-float", bits.astype(np.float32), ":range=1", pixels=bits * np.uint8(255))
    half = (colour // 2 * 2 + 0.25).clip(0, 255) / 255
    save("between-levels", half, pixels=np.rint(half * 255))
    hot = np.eye(3)[labels]
    for kind in ("f4", "u1", "?", ">i8"):
        save(f"one-hot-{kind.strip('?>') or 'bool'}", colour, y=hot.astype(kind))
    save("one-hot-fortran", colour, y=np.asfortranarray(hot))
    save("labels-float", colour, y=labels.astype(np.float32))
    save("labels-column", colour, y=labels[:, None].astype(np.uint8))
    place = folder("arrays/other-names")
    np.save(place / "X.npy", colour)
    np.save(place / "y.npy", labels)
    expect("npy:arrays/other-names:images=X.npy,labels=y.npy", names, labels, colour, "00000")
    expect("npy:arrays/other-names:images=X.npy,labels=none", [], [-1] * 4, colour, "00000")
    place = folder("archives")
    test = images(2, 5, 6, 1, 61)[..., 0]
    np.savez_compressed(place / "keras.npz", x_train=grey, y_train=labels.astype(np.uint8), x_test=test, y_test=np.uint8([1, 2]))
    loaded = np.load(place / "keras.npz")
    expect("archives/keras.npz:train", names, loaded["y_train"], loaded["x_train"], "train/00000")
    expect("npy:archives/keras.npz:test", names, loaded["y_test"], loaded["x_test"], "test/00000")
    splits = {"train": (colour, labels), "val": (colour[:3], labels[:3]), "test": (colour[1:], labels[1:])}
    medical = {}
    for split, (x, y) in splits.items():
        medical |= {f"{split}_images": x, f"{split}_labels": y[:, None].astype(np.uint8)}
    np.savez(place / "medmnist.npz", **medical)
    for split, (x, y) in splits.items():
        expect(f"archives/medmnist.npz:{split}", names, y, x, f"{split}/00000")
    np.savez(place / "plain.npz", images=colour.transpose(0, 3, 1, 2), labels=hot)
    expect("archives/plain.npz", names, labels, colour, "00000")
    expect("archives/plain.npz:layout=nchw", names, labels, colour, "00000")
    np.savez(place / "unnamed.npz", (colour / 255).astype(np.float32), labels)
    expect("archives/unnamed.npz", names, labels, colour, "00000")
    np.savez(place / "own-names.npz", pictures=colour, kinds=labels)
    expect("archives/own-names.npz:images=pictures,labels=kinds", names, labels, colour, "00000")
    expect("archives/own-names.npz:images=pictures,labels=none", [], [-1] * 4, colour, "00000")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    mnist_like()
    cifar()
    others()
    arrays()
    (FOLDER / "expected.json").write_text("[\n" + ",\n".join(json.dumps(item, ensure_ascii=False) for item in EXPECTED) + "\n]\n")


if __name__ == "__main__":
    main()
