"""Read a bundle without nfviz: this needs zipfile, json, pyarrow, numpy, and Pillow for crops."""

import io
import json
import zipfile

import numpy as np
import pyarrow.parquet as pq
from PIL import Image


def read_bundle(path):
    """Return the manifest, the tables by name and the arrays by name and layer."""
    with zipfile.ZipFile(path) as archive:
        head = json.loads(archive.read("manifest.json"))
        if head["format"] != "nfviz bundle" or head["format_version"] != 1:
            raise ValueError(f"{path} is no bundle of format 1.")
        tables, arrays = {}, {}
        for member in head["members"]:
            kind, *names = member.rsplit(".", 1)[0].split("/")
            contents = io.BytesIO(archive.read(member))
            if kind == "tables":
                tables[names[0]] = pq.read_table(contents)
            else:
                arrays[tuple(names)] = np.load(contents, allow_pickle=False)
    layers = tables["layers"]["layer"].to_pylist()
    by_layer = {
        (name, layers[int(number)], *part): array for (name, number, *part), array in arrays.items()
    }
    return head["manifest"], tables, by_layer


def crops_of(arrays, layer, unit):
    """Return the crops of one unit, (crops, height, width, 3) in uint8."""
    data, offsets, tile = (arrays["crops", layer, part] for part in ("data", "offsets", "tile"))
    height, width = (int(side) for side in tile)
    strip = data[offsets[unit] : offsets[unit + 1]].tobytes()
    if not strip:
        return np.zeros((0, height, width, 3), np.uint8)
    picture = np.asarray(Image.open(io.BytesIO(strip)).convert("RGB"))
    step = -(-width // 8) * 8
    count = picture.shape[1] // step
    return np.stack([picture[:height, n * step : n * step + width] for n in range(count)])
