"""Gram matrices of feature maps in PyTorch (Sastry and Oore 2020), for networks of CIFAR-10."""
import numpy as np
import torch
import torch.nn.functional as F

from . import network

MASK = (1 << 64) - 1


class Random:
    """xoshiro256** of Blackman and Vigna, its state filled by SplitMix64, which the words of a stream are mixed by."""

    def __init__(self, seed, *words):
        for word in words:
            seed = self.mixed((seed + 0x9E3779B97F4A7C15) & MASK) ^ word
        self.state = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & MASK
            self.state.append(self.mixed(seed))

    @staticmethod
    def mixed(z):
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
        return z ^ (z >> 31)

    def next(self):
        def turned(x, by):
            return (x << by | x >> (64 - by)) & MASK

        a, b, c, d = self.state
        result = turned(b * 5 & MASK, 7) * 9 & MASK
        c, d = c ^ a, d ^ b
        self.state = [a ^ d, b ^ c, c ^ (b << 17 & MASK), turned(d, 45)]
        return result

    def below(self, bound):
        """Lemire's method."""
        product = self.next() * bound
        if product & MASK < bound:
            while product & MASK < (1 << 64) % bound:
                product = self.next() * bound
        return product >> 64


def held_aside(positions, share, seed):
    """The first of the shuffled positions."""
    shuffled, random = list(positions), Random(seed, 0x6A11)
    for i in range(len(shuffled) - 1, 0, -1):
        j = random.below(i + 1)
        shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
    return shuffled[: int(share * len(positions) + 0.5)]


def batches(positions, size=100):
    for start in range(0, len(positions), size):
        yield positions[start : start + size]


class Network:
    """Logits, and the output of every rectifier."""

    def __init__(self, name, weights, kind):
        self.name, self.kind = name, kind
        self.weights = {k: v.to(kind) if v.is_floating_point() else v for k, v in weights.items()}
        self.head = next(k.removesuffix(".weight") for k, v in self.weights.items() if k.endswith(".weight") and v.dim() == 2)

    def __call__(self, images):
        return self.alexnet(images) if self.name == "alexnet-cifar" else self.resnet(images)

    def alexnet(self, images):
        w, maps = self.weights, []
        h = network.preprocess(images).to(self.kind)
        for name in "conv1", "conv2":
            h = F.relu(F.conv2d(h, w[name + ".weight"], w[name + ".bias"], padding=2))
            maps.append(h)
            h = F.max_pool2d(F.pad(h, (0, 1, 0, 1), value=-torch.inf), 3, 2)
            h = F.local_response_norm(h, 5, alpha=1e-4, beta=0.75, k=2)
        h = h.flatten(1)
        for name in "fc1", "fc2":
            h = F.relu(F.linear(h, w[name + ".weight"], w[name + ".bias"]))
            maps.append(h)
        return F.linear(h, w["fc3.weight"], w["fc3.bias"]), maps

    def norm(self, x, name):
        w = self.weights
        return F.batch_norm(x, w[name + ".running_mean"], w[name + ".running_var"], w[name + ".weight"], w[name + ".bias"])

    def resnet(self, images):
        w, maps = self.weights, []
        mean, deviation = (torch.tensor(numbers, dtype=torch.float32).view(3, 1, 1)
                           for numbers in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
        x = ((torch.from_numpy(images.copy()).float() / 255 - mean) / deviation).to(self.kind)

        def rectified(x):
            maps.append(F.relu(x))
            return maps[-1]

        x = rectified(self.norm(F.conv2d(x, w["conv1.weight"], padding=1), "bn1"))
        for stage in 1, 2, 3:
            block = 0
            while f"layer{stage}.{block}.conv1.weight" in w:
                at, stride = f"layer{stage}.{block}.", 2 if stage > 1 and block == 0 else 1
                y = F.conv2d(x, w[at + "conv1.weight"], stride=stride, padding=1)
                y = rectified(self.norm(y, at + "bn1"))
                y = self.norm(F.conv2d(y, w[at + "conv2.weight"], padding=1), at + "bn2")
                if stride == 2:
                    more = y.shape[1] - x.shape[1]
                    x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, more // 2, more - more // 2))
                x = rectified(x + y)
                block += 1
        return F.linear(x.mean((2, 3)), w[self.head + ".weight"], w[self.head + ".bias"]), maps


def entries(maps, orders):
    """The roots of row sums of the Gram matrix of the maps' powers: samples × (orders · channels)."""
    maps = maps.double().flatten(2) if maps.dim() > 2 else maps.double()[:, :, None]
    powers, made = torch.ones_like(maps), []
    for order in range(1, orders + 1):
        powers = powers * maps
        sums = torch.matmul(powers, powers.transpose(1, 2)).sum(2)
        made.append(sums.sign() * sums.abs() ** (1 / order))
    return torch.cat(made, 1)


class Detector:
    """Ranges by predicted class, and mean deviations."""

    def __init__(self, model, orders):
        self.model, self.orders = model, orders
        self.low, self.high = {}, {}
        self.sums, self.weighed = 0, 0

    def entries(self, images):
        """Predictions, and by layer samples × (orders · channels)."""
        logits, maps = self.model(images)
        return logits.argmax(1), [entries(layer, self.orders) for layer in maps]

    def bound(self, images):
        predicted, layers = self.entries(images)
        for label in predicted.unique().tolist():
            own = [layer[predicted == label] for layer in layers]
            low, high = [layer.amin(0) for layer in own], [layer.amax(0) for layer in own]
            if label in self.low:
                low = [torch.minimum(a, b) for a, b in zip(low, self.low[label])]
                high = [torch.maximum(a, b) for a, b in zip(high, self.high[label])]
            self.low[label], self.high[label] = low, high

    def deviations(self, images):
        """Samples × layers; not a number where a class has no ranges."""
        predicted, layers = self.entries(images)
        deviations = torch.full((len(images), len(layers)), torch.nan, dtype=torch.float64)
        for label in set(predicted.tolist()) & set(self.low):
            of = predicted == label
            for at, (layer, low, high) in enumerate(zip(layers, self.low[label], self.high[label])):
                own = layer[of]
                deviations[of, at] = (F.relu(low - own) / (low + 1e-6).abs() + F.relu(own - high) / (high + 1e-6).abs()).sum(1)
        return deviations

    @property
    def layers(self):
        return len(self.sums)

    def weigh(self, images):
        deviations = self.deviations(images)
        known = deviations[~deviations.isnan().any(1)]
        self.sums, self.weighed = self.sums + known.sum(0), self.weighed + len(known)

    def scores(self, images):
        return -(self.deviations(images) / (self.sums / self.weighed + 1e-7)).sum(1).numpy()
