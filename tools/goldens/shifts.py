"""Writes the golden file of Tests/DataSetsTests with Pillow and scikit-image; see README.md beside this file."""

import io
import pathlib

import numpy as np
from PIL import Image
from skimage.color import hsv2rgb, rgb2hsv
from skimage.filters import gaussian

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/DataSetsTests/Fixtures"
SEVERITIES = 1, 3, 5
# Height, width, channels, and every which value is kept.
IMAGES = (32, 32, 3, 1), (66, 65, 3, 7), (20, 24, 1, 1)
# CIFAR-10-C's parameters and ImageNet-C's, https://github.com/hendrycks/robustness/tree/master/ImageNet-C/create_c
PARAMETERS = {
    "blur": ([0.4, 0.6, 0.7, 0.8, 1], [1, 2, 3, 4, 6]),
    "contrast": ([0.75, 0.5, 0.4, 0.3, 0.15], [0.4, 0.3, 0.2, 0.1, 0.05]),
    "brightness": ([0.05, 0.1, 0.15, 0.2, 0.3], [0.1, 0.2, 0.3, 0.4, 0.5]),
    "pixelate": ([0.95, 0.9, 0.85, 0.75, 0.65], [0.6, 0.5, 0.4, 0.3, 0.25]),
    "jpeg": ([80, 65, 58, 50, 40], [25, 18, 15, 10, 7]),
}


def image(height, width, channels):
    """Ever finer triangle waves, and four even areas: white, black, grey and a colour."""
    y, x, c = np.mgrid[:height, :width, :channels]
    phase = 3 * x + 5 * y + 40 * c
    wave = phase * phase // 16 % 510
    value = np.where(wave < 256, wave, 510 - wave)
    for top, left, even in (4, 4, 255 + 0 * c), (4, 14, 0 * c), (12, 4, 119 + 0 * c), (12, 14, 60 + 70 * c):
        inside = (y >= top) & (y < top + 7) & (x >= left) & (x < left + 7)
        value = np.where(inside, even, value)
    return value.astype(np.uint8)


def shifted(pixels, kind, severity):
    height, width, channels = pixels.shape
    c = PARAMETERS[kind][max(height, width) > 64][severity - 1]
    x = pixels / 255.0
    picture = Image.fromarray(pixels if channels == 3 else pixels[:, :, 0])
    if kind == "blur":
        result = np.clip(gaussian(x, sigma=c, channel_axis=-1), 0, 1) * 255
    elif kind == "contrast":
        means = np.mean(x, axis=(0, 1), keepdims=True)
        result = np.clip((x - means) * c + means, 0, 1) * 255
    elif kind == "brightness":
        hsv = rgb2hsv(np.broadcast_to(x, (height, width, 3)))
        hsv[:, :, 2] = np.clip(hsv[:, :, 2] + c, 0, 1)
        result = np.clip(hsv2rgb(hsv), 0, 1)[:, :, :channels] * 255
    elif kind == "pixelate":
        small = picture.resize((int(width * c), int(height * c)), Image.Resampling.BOX)
        result = small.resize((width, height), Image.Resampling.BOX)
    elif kind == "jpeg":
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=c)
        result = Image.open(file)
    return np.uint8(result).reshape(pixels.shape)


if __name__ == "__main__":
    FIXTURES.mkdir(exist_ok=True)
    data = b""
    for height, width, channels, step in IMAGES:
        pixels = image(height, width, channels)
        for kind in PARAMETERS:
            for severity in SEVERITIES:
                planes = shifted(pixels, kind, severity).transpose(2, 0, 1)
                data += planes.ravel()[::step].tobytes()
    (FIXTURES / "shifts.bin").write_bytes(data)
