"""Changes of bytes, texts and containers that keep most of an input valid: each takes a random.Random and gives new bytes."""
import io
import json
import re
import struct
import zipfile
import zlib

WHOLE = [0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**63 - 1,
         2**63, 2**64 - 1]
NUMBERS = ["0", "-1", "1", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "4294967296", "1e999", "-1e999",
           "nan", "0.5", "1e-320", "00", "+3", "0x10", "99999999999999999999999999"]
TEXTS = ["", "\0", "\ufeff", "\u2028", "\r", "\r\n", "\n\n", "\t", ",", "\"", "'", "\\", "..", "/", "\x1b[2J", "\u202e", "\U0001f600",
         "e\u0301", "\u00e9", "a" * 5000, "[" * 3000, "{\"a\":" * 500, "%s%n", "null", "true", "{}", "[]", "[[", "--", ";"]


def changed(random, data, others=()):
    """One to six changes of bytes."""
    data = bytearray(data)
    for _ in range(random.choice([1, 1, 1, 2, 3, 6])):
        size = len(data)
        at = random.randrange(size) if size else 0
        # The beginning says what the rest is.
        if size and random.random() < 0.4:
            at = random.randrange(min(size, 200))
        what = random.randrange(11)
        if what == 0 and size:
            data[at] ^= 1 << random.randrange(8)
        elif what == 1 and size:
            data[at] = random.choice([0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)])
        elif what == 2:
            width = random.choice([1, 2, 4, 8])
            number = random.choice(WHOLE) % 256**width
            data[at:at + width] = number.to_bytes(width, random.choice(["little", "big"]))
        elif what == 3:
            del data[at:at + random.choice([1, 2, 4, 16, 100, size])]
        elif what == 4:
            data[at:at] = data[at:at + random.choice([1, 4, 16, 200])] * random.choice([1, 2, 50])
        elif what == 5:
            del data[at:]
        elif what == 6:
            data[at:at] = bytes(random.randrange(256) for _ in range(random.choice([1, 4, 30])))
        elif what == 7 and others:
            other = random.choice(others)
            cut = random.randrange(len(other) + 1)
            data[at:] = other[cut:]
        elif what == 8:
            data[at:at] = random.choice(TEXTS).encode()
        elif what == 9:
            digits = list(re.finditer(rb"-?\d+", bytes(data[:100_000])))
            if digits:
                found = random.choice(digits)
                data[found.start():found.end()] = random.choice(NUMBERS).encode()
        elif size:
            end = min(size, at + random.choice([2, 8, 64]))
            data[at:end] = bytes([random.choice([0, 255])]) * (end - at)
    return bytes(data)


def changed_text(random, text, words):
    """Changes of a text's words: some go, come twice, change places or become others."""
    parts = re.findall(r"\w+|\s+|[^\w\s]", text)
    for _ in range(random.choice([1, 1, 2, 3, 6])):
        at = random.randrange(len(parts) + 1)
        what = random.randrange(7)
        if what == 0 and at < len(parts):
            del parts[at:at + random.choice([1, 1, 5])]
        elif what == 1:
            parts.insert(at, random.choice(words))
        elif what == 2 and at < len(parts):
            parts[at] = random.choice(words)
        elif what == 3 and at < len(parts):
            parts[at] = random.choice(NUMBERS)
        elif what == 4:
            parts.insert(at, random.choice(TEXTS))
        elif what == 5:
            parts[at:at] = parts[at:at + random.choice([1, 3, 20])]
        elif at < len(parts):
            other = random.randrange(len(parts))
            parts[at], parts[other] = parts[other], parts[at]
    return "".join(parts)


def changed_json(random, text):
    """Another value somewhere in it, another key, or one less; what is no JSON comes back as it is."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    places = []

    def walk(node):
        for key in (node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()):
            places.append((node, key))
            walk(node[key])

    walk(value)
    for _ in range(random.choice([1, 1, 2, 4])):
        if not places:
            break
        node, key = random.choice(places)
        other = random.choice([None, True, -1, 0, 1, 2**31, 2**63 - 1, 2**63, -2**63, 0.5, 1e308, "", "x", [], {}, [[]], [0] * 20,
                               random.choice(TEXTS)])
        try:
            if random.random() < 0.2:
                del node[key]
            elif isinstance(node, dict) and random.random() < 0.2:
                node[random.choice(TEXTS + ["extra"])] = node[key]
            else:
                node[key] = other
        except (KeyError, IndexError):
            pass  # An earlier change took it away.
    return json.dumps(value)


def changed_safetensors(random, data):
    """Its header as JSON, with its length made to fit."""
    size = struct.unpack("<Q", data[:8])[0]
    header = changed_json(random, data[8:8 + size].decode()).encode()
    return struct.pack("<Q", len(header)) + header + data[8 + size:]


def changed_zip(random, data, change, favourite=".pkl"):
    """One entry of an archive, its checksum made to fit; mostly one that is called so."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [(info, archive.read(info)) for info in archive.infolist()]
    except Exception:
        return change(random, data)
    chosen = random.randrange(len(entries))
    if random.random() < 0.7:
        chosen = random.choice([i for i, (info, _) in enumerate(entries) if info.filename.endswith(favourite)] or [chosen])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for i, (info, content) in enumerate(entries):
            archive.writestr(info.filename, change(random, content) if i == chosen else content)
    return out.getvalue()


def changed_png(random, data):
    """A chunk's content, its checksum made to fit; image data as they are before they are compressed."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return changed(random, data)
    chunks, at = [], 8
    while at + 12 <= len(data):
        size = struct.unpack(">I", data[at:at + 4])[0]
        chunks.append((data[at + 4:at + 8], data[at + 8:at + 8 + size]))
        at += 12 + size
    chosen = random.randrange(len(chunks))
    kind, content = chunks[chosen]
    if kind == b"IDAT" and random.random() < 0.7:
        try:
            content = zlib.compress(changed(random, zlib.decompress(content)))
        except zlib.error:
            content = changed(random, content)
    else:
        content = changed(random, content)
    chunks[chosen] = (kind, content)
    if random.random() < 0.1:
        random.shuffle(chunks)
    out = data[:8]
    for kind, content in chunks:
        out += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return out


def changed_matlab(random, data):
    """One variable of a MATLAB file of level 5: decompressed, changed and compressed again."""
    parts, at = [], 128
    try:
        while at + 8 <= len(data):
            kind, size = struct.unpack("<II", data[at:at + 8])
            part = data[at + 8:at + 8 + size]
            parts.append((kind, zlib.decompress(part) if kind == 15 else part))
            at += 8 + size
    except zlib.error:
        return changed(random, data)
    chosen = random.choice(range(len(parts))) if parts else None
    result = data[:128]
    for number, (kind, part) in enumerate(parts):
        part = changed(random, part) if number == chosen else part
        part = zlib.compress(part) if kind == 15 else part
        result += struct.pack("<II", kind, len(part)) + part
    return result
