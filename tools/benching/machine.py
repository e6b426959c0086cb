"""The machine: its CPU and level, what forces a level, and the limits that measurements are held against."""
import concurrent.futures
import os
import pathlib
import platform
import time

import numpy as np

from .process import serve

LEVELS = ("avx512", "avx2", "plain")
# What makes Engram, OpenBLAS, PyTorch, MKL and oneDNN, which OpenVINO has too, leave wider instructions alone. ONNX Runtime has no such switch.
FORCING = {
    "avx2": {"ENGRAM_CPU_LEVEL": "x86-64-v3", "OPENBLAS_CORETYPE": "Haswell", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2",
             "MKL_ENABLE_INSTRUCTIONS": "AVX2"},
    "plain": {"ENGRAM_CPU_LEVEL": "x86-64", "OPENBLAS_CORETYPE": "Prescott", "ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41",
              "MKL_ENABLE_INSTRUCTIONS": "SSE4_2"},
}


def described():
    """CPU, cores, memory, and the widest level there is."""
    fields = {}
    if pathlib.Path("/proc/cpuinfo").exists():
        lines = [line.split(":", 1) for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if ":" in line]
        fields = {key.strip(): value.strip() for key, value in lines}
    flags = fields.get("flags", "").split()
    level = "avx512" if "avx512f" in flags else "avx2" if "avx2" in flags else "plain"
    model = "family {cpu family} model {model} stepping {stepping}".format_map(fields) if "cpu family" in fields else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cpu": fields.get("model name", platform.processor()), "model": model, "cores": os.cpu_count(), "memory_gib": round(memory, 1),
            "level": level, "system": f"{platform.system()} {platform.release()}"}


def forced(level, own):
    """The variables that force a level; none where it is the machine's own."""
    return {} if level == own else FORCING[level]


def fastest(work, seconds=1.0):
    """Seconds of the fastest of several calls, after one to warm up."""
    work()
    best, begun, calls = float("inf"), time.perf_counter(), 0
    while calls < 3 or time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        work()
        best, calls = min(best, time.perf_counter() - start), calls + 1
    return best


def limits(threads, folder):
    """Of these threads: Float32 matrix products in GFLOP/s, memory in GB/s read and copied; writing to the disk in MB/s."""
    side, size = 3072, 1 << 28
    a, b = (np.random.default_rng(i).standard_normal((side, side), np.float32) for i in range(2))
    products = [fastest(lambda: a @ b)]
    try:
        import torch
    except ImportError:
        pass
    else:
        torch.set_num_threads(threads)
        left, right = torch.from_numpy(a), torch.from_numpy(b)
        products.append(fastest(lambda: left @ right))
    source = [np.ones(size // threads, np.float32) for _ in range(threads)]
    target = [np.zeros_like(part) for part in source]
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        read = fastest(lambda: list(pool.map(np.max, source)))
        copied = fastest(lambda: list(pool.map(np.copyto, target, source)))
    bytes_read = sum(part.nbytes for part in source)
    path = pathlib.Path(folder) / "written"
    start = time.perf_counter()
    with open(path, "wb", 0) as file:
        for _ in range(16):
            file.write(memoryview(target[0][: 1 << 24]))
        os.fsync(file.fileno())
    written = time.perf_counter() - start
    path.unlink()
    return {"product": 2 * side**3 / min(products) / 1e9, "read": bytes_read / read / 1e9, "copy": 2 * bytes_read / copied / 1e9,
            "disk": 2**30 / written / 1e6}


if __name__ == "__main__":
    serve({"limits": limits})
