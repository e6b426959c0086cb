"""Writes Tests/DataSetsTests/Fixtures/formats/: small images of eight kinds of content in every format that is read, and the
corners of BMP, PNM and WebP, some written byte by byte; expected.txt has a digest of what Pillow makes of each.

expected.txt: a line "FILE HEIGHT WIDTH DIGEST" for each file that Image.open(...).convert("RGB") reads, the digest being the
64 bits of FNV-1a over its bytes; "FILE refused" for each that Pillow refuses, and "FILE own HEIGHT WIDTH DIGEST" for the few that
Pillow reads wrongly: two-coloured BMP files of 4 and 8 bits, and 16 greys of 4 bits, whose indices it takes for other bits.
Needs Pillow 13 with WebP and numpy.
"""

import io
import pathlib
import struct

import numpy as np
from PIL import Image

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/DataSetsTests/Fixtures/formats"


def scene(width, height, channels, seed):
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 90 * np.sin((c + 1) * x / 5 + y / (3 + c)) + 30 * (x > y) + random.normal(0, 6, (height, width))
              for c in range(channels)]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def contents():
    yield "grey", Image.fromarray(scene(13, 11, 1, 1)[..., 0])
    yield "rgb", Image.fromarray(scene(13, 11, 3, 2))
    transparent = scene(14, 12, 4, 3)
    transparent[:4, :, 3] = 0
    transparent[4:8, :, 3] = 255
    yield "transparent", Image.fromarray(transparent)
    yield "palette", Image.fromarray(scene(15, 9, 3, 4)).quantize(13)
    yield "tiny", Image.fromarray(np.array([[[200, 30, 77]]], np.uint8))
    yield "odd", Image.fromarray(scene(37, 1, 3, 5))
    yield "noise", Image.fromarray(np.random.default_rng(6).integers(0, 256, (16, 17, 3), np.uint8))
    y, x = np.mgrid[0:70, 0:101]
    yield "gradient", Image.fromarray(np.stack([x * 2.5, y * 3.6, (x + y) * 1.4], -1).astype(np.uint8))


def saved(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def every_format():
    opaque = lambda image: image if image.mode in ("L", "RGB") else image.convert("RGB")
    for name, image in contents():
        yield name + ".jpg", saved(opaque(image), "JPEG", quality=85)
        yield name + "-progressive.jpg", saved(opaque(image), "JPEG", quality=70, progressive=True)
        yield name + ".png", saved(image, "PNG")
        yield name + ".webp", saved(image, "WEBP", quality=80)
        yield name + "-lossless.webp", saved(image, "WEBP", lossless=True, exact=True)
        yield name + ".bmp", saved(image, "BMP")
        yield name + (".pgm" if image.mode == "L" else ".ppm"), saved(opaque(image), "PPM")


def bmp(width, height, bits, rows, palette=(), compression=0, size=40, masks=(), colours=None, start=None, bottom_up=True, gap=b""):
    """Rows come from the top; masks stand in the header where it has room for them, else behind it."""
    stride = (width * bits + 31) // 32 * 4
    data = rows if isinstance(rows, bytes) else b"".join(row.ljust(stride, b"\0") for row in (rows[::-1] if bottom_up else rows))
    table = b"".join(bytes(colour[::-1]) + (b"" if size == 12 else b"\0") for colour in palette)
    fields = b"".join(struct.pack("<I", mask) for mask in masks)
    if size == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", size, width, height if bottom_up else -height, 1, bits, compression, len(data), 2835, 2835,
                             len(palette) if colours is None else colours, 0)
        if size > 40:
            header += fields
            fields = b""
            header = header.ljust(size, b"\0")
    if start is None:
        start = 14 + len(header) + len(fields) + len(table) + len(gap)
    body = header + fields + table + gap + data
    return b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, start) + body


def packed(values, bits):
    out, filled = bytearray(), 8
    for value in values:
        if filled == 8:
            out.append(0)
            filled = 0
        out[-1] |= int(value) << (8 - bits - filled)
        filled += bits
    return bytes(out)


def bmp_corners():
    random = np.random.default_rng(7)
    colours = [tuple(int(v) for v in row) for row in random.integers(0, 256, (256, 3))]
    for bits in (1, 4, 8):
        indices = random.integers(0, 1 << bits, (9, 11))
        rows = [packed(row, bits) for row in indices]
        for size in (12, 40, 52, 56, 64, 108, 124):
            yield f"palette-{bits}-header-{size}.bmp", bmp(11, 9, bits, rows, colours[:1 << bits], size=size)
        yield f"palette-{bits}-top-down.bmp", bmp(11, 9, bits, rows, colours[:1 << bits], bottom_up=False)
        yield f"palette-{bits}-counted-as-0.bmp", bmp(11, 9, bits, rows, colours[:1 << bits], colours=0)
        yield f"palette-{bits}-start-of-header.bmp", bmp(11, 9, bits, rows, colours[:1 << bits], start=54)
        yield f"palette-{bits}-start-0.bmp", bmp(11, 9, bits, rows, colours[:1 << bits], start=0)
        yield f"palette-{bits}-gap.bmp", bmp(11, 9, bits, rows, colours[:1 << bits], gap=b"\xEE" * 6)
        yield f"palette-{bits}-short.bmp", bmp(11, 9, bits, rows, colours[:(1 << bits) * 3 // 4])
        greys = [(v * 255 // ((1 << bits) - 1),) * 3 for v in range(1 << bits)]
        yield f"greys-{bits}.bmp", bmp(11, 9, bits, rows, greys)
        yield f"last-row-bare-{bits}.bmp", bmp(11, 9, bits, rows, colours[:1 << bits])[:-((-(11 * bits + 7) // 8) % 4) or None]
    eight = random.integers(0, 256, (9, 11))
    rows = [packed(row, 8) for row in eight]
    yield "greys-8-of-100.bmp", bmp(11, 9, 8, rows, [(v,) * 3 for v in range(100)])
    yield "greys-8-of-1.bmp", bmp(11, 9, 8, [packed(row % 1, 8) for row in eight], [(0, 0, 0)])
    yield "greys-1-of-1.bmp", bmp(11, 9, 1, [packed(row % 2, 1) for row in eight], [(0, 0, 0)])
    yield "colours-300.bmp", bmp(11, 9, 8, rows, colours + colours[:44])
    black_and_white = [(0, 0, 0), (255, 255, 255)]
    yield "black-and-white-1.bmp", bmp(11, 9, 1, [packed(row % 2, 1) for row in eight], black_and_white)
    yield "white-and-black-1.bmp", bmp(11, 9, 1, [packed(row % 2, 1) for row in eight], black_and_white[::-1])
    yield "two-8.bmp", bmp(11, 9, 8, [packed(row % 2, 8) for row in eight], black_and_white)
    yield "two-4.bmp", bmp(11, 9, 4, [packed(row % 2, 4) for row in eight], black_and_white)
    yield "dark-4.bmp", bmp(11, 9, 4, [packed(row % 16, 4) for row in eight], [(v,) * 3 for v in range(16)])

    wide = random.integers(0, 1 << 32, (9, 11), np.uint64)
    for bits in (16, 24, 32):
        rows = [b"".join(int(v).to_bytes(8, "little")[:bits // 8] for v in row) for row in wide]
        for size in (40, 108, 124) + ((12,) if bits > 16 else ()):
            yield f"colour-{bits}-header-{size}.bmp", bmp(11, 9, bits, rows, size=size)
        yield f"colour-{bits}-top-down.bmp", bmp(11, 9, bits, rows, bottom_up=False)
    sixteen = [b"".join(int(v).to_bytes(8, "little")[:2] for v in row) for row in wide]
    thirty_two = [b"".join(int(v).to_bytes(8, "little")[:4] for v in row) for row in wide]
    for name, masks in {"565": (0xF800, 0x7E0, 0x1F), "555": (0x7C00, 0x3E0, 0x1F), "other": (0xF00, 0xF0, 0xF)}.items():
        yield f"masks-16-{name}.bmp", bmp(11, 9, 16, sixteen, compression=3, masks=masks)
        yield f"masks-16-{name}-v4.bmp", bmp(11, 9, 16, sixteen, compression=3, masks=masks, size=108)
    for name, masks in {
            "bgrx": (0xFF0000, 0xFF00, 0xFF, 0), "xbgr": (0xFF000000, 0xFF0000, 0xFF00, 0), "bgxr": (0xFF000000, 0xFF00, 0xFF, 0),
            "abgr": (0xFF000000, 0xFF0000, 0xFF00, 0xFF), "rgba": (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
            "bgra": (0xFF0000, 0xFF00, 0xFF, 0xFF000000), "bgar": (0xFF000000, 0xFF00, 0xFF, 0xFF0000), "none": (0, 0, 0, 0)}.items():
        yield f"masks-32-{name}.bmp", bmp(11, 9, 32, thirty_two, compression=3, masks=masks, size=124)
        if masks[3] == 0:
            yield f"masks-32-{name}-v3.bmp", bmp(11, 9, 32, thirty_two, compression=3, masks=masks[:3])
    yield "masks-32-v2.bmp", bmp(11, 9, 32, thirty_two, compression=3, masks=(0xFF0000, 0xFF00, 0xFF), size=52)
    yield "masks-32-ten-bits.bmp", bmp(11, 9, 32, thirty_two, compression=3, masks=(0x3FF00000, 0xFFC00, 0x3FF, 0), size=108)
    yield "two-bits.bmp", bmp(11, 9, 2, [packed(row % 4, 2) for row in eight], colours[:4])
    yield "png-within.bmp", bmp(11, 9, 24, b"\x89PNG", compression=5)
    yield "cut-short.bmp", bmp(11, 9, 24, [b"\1" * 33] * 9)[:-40]

    runs8 = bytes([5, 1, 0, 3, 9, 8, 7, 0, 3, 4, 0, 0, 11, 2, 0, 0, 0, 11]) + bytes(range(11)) + bytes([0, 0, 0, 2, 3, 0, 2, 4, 1, 0, 0])
    ending = bytes([11, 5, 0, 0, 11, 6, 0, 0, 11, 7, 0, 0, 11, 9, 0, 0, 0, 1])
    yield "runs-8.bmp", bmp(11, 9, 8, runs8 + ending, colours, compression=1)
    yield "runs-8-top-down.bmp", bmp(11, 9, 8, runs8 + ending, colours, compression=1, bottom_up=False)
    yield "runs-8-greys.bmp", bmp(11, 9, 8, runs8 + ending, [(v,) * 3 for v in range(256)], compression=1)
    yield "runs-8-odd-start.bmp", bmp(11, 9, 8, runs8 + ending, colours, compression=1, gap=b"\0")
    yield "runs-8-too-long.bmp", bmp(11, 2, 8, bytes([200, 3, 0, 0, 4, 1, 200, 9, 0, 1]), colours, compression=1)
    yield "runs-8-no-line-ends.bmp", bmp(11, 2, 8, bytes([11, 3, 11, 4, 0, 1]), colours, compression=1)
    yield "runs-8-ends-early.bmp", bmp(11, 9, 8, runs8 + b"\0\1", colours, compression=1)
    yield "runs-8-cut-short.bmp", bmp(11, 9, 8, runs8, colours, compression=1)
    runs4 = bytes([7, 0x12, 4, 0x3F, 0, 0, 0, 11, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xB0, 0, 0, 3, 0xA5, 0, 2, 2, 1, 0, 0, 11, 0x77])
    yield "runs-4.bmp", bmp(11, 4, 4, runs4 + bytes([0, 0, 11, 0x21, 0, 0, 0, 1]), colours[:16], compression=2)
    yield "runs-4-cut-short.bmp", bmp(11, 4, 4, runs4[:9], colours[:16], compression=2)
    yield "runs-8-of-24-bits.bmp", bmp(11, 4, 24, runs8, compression=1)
    yield "header-16.bmp", bmp(11, 9, 8, rows, colours, size=16)


def pnm_corners():
    random = np.random.default_rng(8)
    grey, colour = random.integers(0, 1 << 16, (7, 10)), random.integers(0, 1 << 16, (7, 10, 3))
    for most in (1, 15, 100, 254, 255, 256, 1000, 4095, 65534, 65535):
        for kind, values in ((2, grey), (3, colour)):
            values = values % (most + 1)
            text = "\n".join(" ".join(str(v) for v in row) for row in values.reshape(7, -1))
            yield f"plain-{kind}-{most}.pnm", f"P{kind}\n10 7\n{most}\n{text}\n".encode()
            raw = values.astype(">u2" if most > 255 else "u1").tobytes()
            yield f"raw-{kind + 3}-{most}.pnm", f"P{kind + 3} 10 7 {most}\n".encode() + raw
    bits = grey % 2
    yield "plain-1.pbm", b"P1\n10 7\n" + b"\n".join(b" ".join(b"%d" % v for v in row) for row in bits)
    yield "plain-1-close.pbm", b"P1\n10 7\n" + b"".join(b"".join(b"%d" % v for v in row) + b"\n" for row in bits)
    yield "raw-4.pbm", b"P4\n10 7\n" + b"".join(packed(row, 1) for row in bits)
    dark = np.minimum(grey // 100, 400)
    yield "raw-5-dark.pgm", b"P5 10 7 65535\n" + dark.astype(">u2").tobytes()
    yield "raw-5-above.pgm", b"P5 10 7 100\n" + (grey % 256).astype("u1").tobytes()
    yield "raw-6-above.ppm", b"P6 10 7 1000\n" + (colour % 3000).astype(">u2").tobytes()
    yield "comments.ppm", b"P6 # one\n# two\n 10#three\n 7 #four\r\n255\n" + (colour % 256).astype("u1").tobytes()
    yield "comments-2.pgm", b"P2\n3 1 255\n1 2#x\n3 4 # and\n 5"
    yield "comments-in-a-number.pgm", b"P2\n3 1#x\n0 255\n" + b" 7" * 30
    yield "comments.pbm", b"P1\n3 2\n101 # 111\n010 # the end"
    yield "blanks.ppm", b"P3\t2\r\n1\x0c255\x0b1 2 3\n\n4 5\t6"
    yield "more-behind.ppm", b"P6 1 1 255\nabcdef"
    yield "more-behind.pgm", b"P2 1 1 255\n7 8 9"
    yield "tiny.pbm", b"P4 1 1\n\x80"
    yield "mark-joined.ppm", b"P6#c\n1 1 255\nabc"
    yield "too-large-a-value.pgm", b"P2 1 1 100\n101"
    yield "negative.pgm", b"P2 1 1 100\n-1"
    yield "no-number.pgm", b"P2 1 1 100\nx"
    yield "no-bit.pbm", b"P1 2 1\n12"
    yield "most-0.pgm", b"P5 1 1 0\na"
    yield "most-65536.pgm", b"P5 1 1 65536\naa"
    yield "long-number.pgm", b"P5 1 00000000001 255\na"
    yield "long-value.pgm", b"P2 1 1 255\n00000000001"
    yield "ten-digits.pgm", b"P2 1 1 255\n0000000001"
    for name, data in {"plain-1": b"P1 3 1\n10", "plain-2": b"P2 3 1 9\n1 2", "plain-3": b"P3 1 1 9\n1 2", "raw-4": b"P4 9 2\n\0\0\0",
                       "raw-5": b"P5 2 2 255\nabc", "raw-5-wide": b"P5 2 2 300\nabcdefg", "raw-6": b"P6 1 2 255\nabcde",
                       "header": b"P6 1"}.items():
        yield f"cut-short-{name}.pnm", data


def webp_corners():
    colour, clear = Image.fromarray(scene(33, 21, 3, 9)), Image.fromarray(scene(33, 21, 4, 10))
    for method in (0, 4, 6):
        yield f"lossy-method-{method}.webp", saved(colour, "WEBP", quality=50, method=method)
    yield "lossy-alpha.webp", saved(clear, "WEBP", quality=60, alpha_quality=40)
    yield "lossless-alpha-inexact.webp", saved(clear, "WEBP", lossless=True, exact=False)
    yield "profile.webp", saved(colour, "WEBP", quality=80, icc_profile=b"\0" * 128, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")
    moved = Image.fromarray(scene(33, 21, 3, 11))
    yield "animated.webp", saved(colour, "WEBP", save_all=True, append_images=[moved], duration=50, quality=70)
    yield "animated-lossless.webp", saved(clear, "WEBP", save_all=True, append_images=[moved], duration=50, lossless=True)
    # The first frame covers a part of the canvas only.
    part = saved(Image.fromarray(scene(9, 7, 3, 12)), "WEBP", quality=80)[12:]
    frame = struct.pack("<I", 4 // 2)[:3] + struct.pack("<I", 6 // 2)[:3] + struct.pack("<I", 8)[:3] + struct.pack("<I", 6)[:3] + b"\x32\0\0\0"
    chunk = lambda name, data: name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    body = (b"WEBP" + chunk(b"VP8X", b"\2\0\0\0" + struct.pack("<I", 19)[:3] + struct.pack("<I", 16)[:3])
            + chunk(b"ANIM", b"\x10\x20\x30\xff\0\0") + chunk(b"ANMF", frame + part))
    yield "animated-part.webp", b"RIFF" + struct.pack("<I", len(body)) + body
    whole = saved(colour, "WEBP", quality=80)
    yield "cut-short.webp", whole[:-40]
    yield "cut-shorter.webp", whole[:30]
    yield "more-behind.webp", whole + b"\0" * 9
    yield "another-chunk.webp", whole[:12] + b"JUNK" + whole[16:]


# Palettes of black and white, and of 16 greys in their order, which Pillow takes for bits that are none.
OWN = {"two-8.bmp": (8, lambda v: v * 255), "two-4.bmp": (4, lambda v: v * 255), "dark-4.bmp": (4, lambda v: v),
       "greys-8-of-1.bmp": (8, lambda v: v)}


def own(data, bits, level):
    """A picture of 11 x 9 by its indices."""
    stride = (11 * bits + 31) // 32 * 4
    start = struct.unpack("<I", data[10:14])[0]
    grey = []
    for y in range(9):
        row = data[start + (8 - y) * stride:][:stride]
        grey.append([level(row[x * bits // 8] >> (8 - bits - x * bits % 8) & ((1 << bits) - 1)) for x in range(11)])
    return np.repeat(np.array(grey, np.uint8)[..., None], 3, -1)


def digest(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    lines = []
    for source in (every_format, bmp_corners, pnm_corners, webp_corners):
        for name, data in source():
            assert not (FOLDER / name).exists(), name
            (FOLDER / name).write_bytes(data)
            if name in OWN:
                pixels = own(data, *OWN[name])
                lines.append(f"{name} own {pixels.shape[0]} {pixels.shape[1]} {digest(pixels.tobytes())}")
                continue
            try:
                image = Image.open(io.BytesIO(data)).convert("RGB")
            except Exception as error:
                print(name, "refused:", error)
                lines.append(f"{name} refused")
            else:
                lines.append(f"{name} {image.height} {image.width} {digest(image.tobytes())}")
    (FOLDER / "expected.txt").write_text("\n".join(lines) + "\n")


main()
