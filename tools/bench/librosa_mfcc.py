"""Measures MFCCs by librosa on one thread, from file to features, and reports what it cost as one line of JSON, in the form of `Report` in job.ts.

    librosa_mfcc.py FOLDER EVERY        mp3 files of a folder in MagnaTagATune's layout, one of so many

As `--encoder mfcc`: 22,050 Hz, 20 coefficients with their first and second differences, mean and standard deviation of each over every second. The first
file does not count: librosa compiles on it.
"""

import json
import os
import sys

from peers import cost_of


def features(librosa, numpy, path):
    samples, rate = librosa.load(path, sr=22050, mono=True)
    coefficients = librosa.feature.mfcc(y=samples, sr=rate, n_mfcc=20)
    rows = numpy.concatenate([coefficients, librosa.feature.delta(coefficients), librosa.feature.delta(coefficients, order=2)])
    seconds = [rows[:, start : start + 43] for start in range(0, rows.shape[1] - 42, 43)]
    return numpy.stack([numpy.concatenate([part.mean(axis=1), part.std(axis=1)]) for part in seconds])


def paths_in(folder, every):
    with open(os.path.join(folder, "index_mtt.tsv")) as index:
        paths = [line.split("\t")[1].strip() for line in index]
    return [os.path.join(folder, "audio", path) for path in paths[::every]]


if __name__ == "__main__":
    import librosa
    import numpy

    paths = paths_in(sys.argv[1], int(sys.argv[2]))
    features(librosa, numpy, paths[0])
    rows, cost = cost_of(lambda: [len(features(librosa, numpy, path)) for path in paths])
    print(json.dumps({"cost": cost, "facts": {"version": f"librosa {librosa.__version__}", "clips": len(rows), "segments": sum(rows)}}))
