"""Writes Tests/DataSetsTests/Fixtures/images/: small JPEG and PNG files of every kind the decoder reads, and what
Pillow makes of them: decoded by Image.open(...).convert("RGB"), resized and cropped as torchvision does it.

expected.bin: for each case a line "FILE OPTIONS HEIGHT WIDTH", then HEIGHT x WIDTH x 3 bytes.
Needs Pillow 13 and numpy, and libturbojpeg.so.0 for the one JPEG that Pillow cannot write (YCCK).
"""

import ctypes
import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/DataSetsTests/Fixtures/images"
GEOMETRIES = ["resize=16,crop=12", "resize=40,crop=33", "squash=20,crop=24", "squash=13", "resize=29,crop=29,filter=bicubic"]


def scene(width, height, channels, seed):
    """Smooth colours with an edge, and some noise: nothing a filter could do nothing to."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = [
        127 + 90 * np.sin((c + 1) * x / 5 + y / (3 + c)) + 30 * (x > y) + random.normal(0, 6, (height, width))
        for c in range(channels)
    ]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def saved(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def ycck(pixels):
    """libjpeg-turbo's own compressor stores four components as YCCK, with Adobe's marker."""
    turbo = ctypes.CDLL("libturbojpeg.so.0")
    turbo.tjInitCompress.restype = ctypes.c_void_p
    height, width, _ = pixels.shape
    target, count = ctypes.c_void_p(), ctypes.c_ulong()
    failed = turbo.tjCompress2(
        ctypes.c_void_p(turbo.tjInitCompress()), pixels.ctypes.data_as(ctypes.c_void_p), width, 0, height, 11,
        ctypes.byref(target), ctypes.byref(count), 2, 90, 0)
    assert not failed
    return ctypes.string_at(target.value, count.value)


def png(width, height, depth, kind, rows, chunks=(), interlaced=False):
    """A PNG of raw rows, for the kinds Pillow does not write."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    raw = b"".join(b"\0" + row for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced))
            + b"".join(chunk(*item) for item in chunks) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def adam7(pixels):
    """Rows of the seven passes, without filters."""
    for y, x, dy, dx in [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]:
        part = pixels[y::dy, x::dx]
        if part.size:
            yield from (row.tobytes() for row in part)


def files():
    colour = Image.fromarray(scene(23, 17, 3, 1))
    yield "baseline-420.jpg", saved(colour, "JPEG", quality=85, subsampling=2)
    yield "baseline-422.jpg", saved(colour, "JPEG", quality=85, subsampling=1)
    yield "baseline-444.jpg", saved(colour, "JPEG", quality=85, subsampling=0)
    yield "progressive.jpg", saved(Image.fromarray(scene(33, 41, 3, 2)), "JPEG", quality=80, progressive=True)
    yield "restarts.jpg", saved(Image.fromarray(scene(40, 24, 3, 3)), "JPEG", quality=80, restart_marker_blocks=2)
    yield "grey.jpg", saved(Image.fromarray(scene(19, 26, 1, 4)[..., 0]), "JPEG", quality=85)
    yield "cmyk.jpg", saved(Image.fromarray(scene(21, 18, 4, 5), "CMYK"), "JPEG", quality=90)
    yield "ycck.jpg", ycck(scene(21, 18, 4, 6))
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "rotated-by-exif.jpg", saved(colour, "JPEG", quality=85, exif=exif)
    yield "tall.jpg", saved(Image.fromarray(scene(20, 61, 3, 7)), "JPEG", quality=85)
    yield "rgb.png", saved(colour, "PNG")
    yield "named-wrongly.JPEG", saved(colour, "PNG")
    rgba = scene(15, 14, 4, 8)
    yield "rgba.png", saved(Image.fromarray(rgba), "PNG")
    yield "grey.png", saved(Image.fromarray(rgba[..., 0]), "PNG")
    yield "grey-alpha.png", saved(Image.fromarray(rgba[..., :2], "LA"), "PNG")
    yield "bilevel.png", saved(Image.fromarray(rgba[..., 0] > 127), "PNG")
    yield "palette.png", saved(colour.quantize(11), "PNG")
    yield "palette-transparent.png", saved(colour.quantize(5), "PNG", transparency=2)
    yield "grey-transparent.png", saved(Image.fromarray(rgba[..., 0] & 0xF0), "PNG", transparency=0x80)
    two = rgba[:, :12, 0] >> 6
    yield "grey-2.png", png(12, 14, 2, 0, [bytes(sum(int(v) << (6 - 2 * i) for i, v in enumerate(row[j:j + 4])) for j in range(0, 12, 4)) for row in two])
    wide = (scene(9, 8, 4, 9).astype(">u2") << 8) + scene(9, 8, 4, 10)
    yield "rgb-16.png", png(9, 8, 16, 2, [row.tobytes() for row in wide[..., :3].astype(">u2")])
    yield "rgba-16.png", png(9, 8, 16, 6, [row.tobytes() for row in wide.astype(">u2")])
    yield "grey-alpha-16.png", png(9, 8, 16, 4, [row.tobytes() for row in wide[..., :2].astype(">u2")])
    dark = wide[..., 0] >> np.arange(9)
    yield "grey-16.png", png(9, 8, 16, 0, [row.tobytes() for row in dark.astype(">u2")])
    yield "interlaced.png", png(15, 14, 8, 2, list(adam7(rgba[..., :3])), interlaced=True)
    gamma = [(b"gAMA", struct.pack(">I", 100000)), (b"tRNS", struct.pack(">HHH", *rgba[0, 0, :3]))]
    yield "gamma-transparent.png", png(15, 14, 8, 2, [row.tobytes() for row in rgba[..., :3]], gamma)


def transformed(image, options):
    """torchvision.transforms.Resize and CenterCrop."""
    values = dict(item.split("=") for item in options.split(","))
    kind = Image.BICUBIC if values.get("filter") == "bicubic" else Image.BILINEAR
    width, height = image.size
    if "squash" in values:
        image = image.resize((int(values["squash"]),) * 2, kind)
    else:
        side = int(values["resize"])
        image = image.resize(
            (side, int(side * height / width)) if width <= height else (int(side * width / height), side), kind)
    if "crop" in values:
        crop = int(values["crop"])
        width, height = image.size
        if width < crop or height < crop:
            padded = Image.new("RGB", (max(width, crop), max(height, crop)))
            padded.paste(image, (max(0, crop - width) // 2, max(0, crop - height) // 2))
            image, (width, height) = padded, padded.size
        top, left = int(round((height - crop) / 2.0)), int(round((width - crop) / 2.0))
        image = image.crop((left, top, left + crop, top + crop))
    return image


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    resized = {"progressive.jpg", "tall.jpg", "baseline-420.jpg", "rgb.png"}
    with open(FOLDER / "expected.bin", "wb") as expected:
        for name, data in files():
            (FOLDER / name).write_bytes(data)
            image = Image.open(io.BytesIO(data)).convert("RGB")
            for options in ["none"] + (GEOMETRIES if name in resized else []):
                result = image if options == "none" else transformed(image, options)
                expected.write(f"{name} {options} {result.height} {result.width}\n".encode() + result.tobytes())


main()
