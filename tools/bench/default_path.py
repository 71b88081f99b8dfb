"""Measures what most people would do in Python in place of `refrain embed --encoder mfcc`, on one thread, and reports what it cost as one line of JSON.

    default_path.py decode FOLDER        every mp3 below the folder decoded by libsndfile, which has libmpg123 inside: the floor of decoding
    default_path.py mfcc FOLDER          the same, and MFCCs with their differences as librosa's defaults give them, summed up for each second

The report has the fields of `Report` in job.ts. `processCpuSeconds` counts the start of Python and its imports too.
"""

import json
import pathlib
import sys

from peers import cost_of

SIZE, HOP, BANDS, COEFFICIENTS, WIDTH = 2048, 512, 128, 20, 9


def mel_filters(numpy, rate):
    """Slaney's mel scale and its area normalisation, bands x bins."""

    def to_hz(mel):
        return numpy.where(mel < 15, mel * 200 / 3, 1000 * 6.4 ** ((mel - 15) / 27))

    top = 15 + 27 * numpy.log(rate / 2 / 1000) / numpy.log(6.4)
    edges = to_hz(numpy.linspace(0, top, BANDS + 2))
    bins = numpy.arange(SIZE // 2 + 1) * rate / SIZE
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return (numpy.maximum(0, numpy.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(numpy.float32)


class Mfcc:
    def __init__(self, numpy, rate):
        self.numpy, self.rate = numpy, rate
        self.window = (0.5 - 0.5 * numpy.cos(2 * numpy.pi * numpy.arange(SIZE) / SIZE)).astype(numpy.float32)
        self.filters = mel_filters(numpy, rate).T.copy()
        angles = numpy.pi * numpy.arange(COEFFICIENTS)[:, None] * (2 * numpy.arange(BANDS) + 1) / (2 * BANDS)
        scales = numpy.sqrt(numpy.where(numpy.arange(COEFFICIENTS) == 0, 1, 2) / BANDS)
        self.cosines = (numpy.cos(angles) * scales[:, None]).astype(numpy.float32).T.copy()
        half = WIDTH // 2
        steps = numpy.arange(-half, half + 1)
        self.slope = (steps / (steps**2).sum()).astype(numpy.float32)
        parabola = steps**2 - (steps**2).mean()
        self.curve = (2 * parabola / (parabola**2).sum()).astype(numpy.float32)

    def __call__(self, samples):
        """One row of 120 numbers for each whole second, all seconds at once."""
        numpy = self.numpy
        count = len(samples) // self.rate
        padded = numpy.pad(samples[: count * self.rate].reshape(count, self.rate), ((0, 0), (SIZE // 2, SIZE // 2)))
        frames = numpy.lib.stride_tricks.sliding_window_view(padded, SIZE, axis=1)[:, ::HOP]
        spectrum = numpy.fft.rfft(frames * self.window)
        power = (spectrum.real**2 + spectrum.imag**2) @ self.filters
        levels = 10 * numpy.log10(numpy.maximum(power, 1e-10))
        course = numpy.maximum(levels, levels.max((1, 2), keepdims=True) - 80) @ self.cosines
        parts = (course, self.differences(course, self.slope), self.differences(course, self.curve))
        return numpy.concatenate([part.mean(1) for part in parts] + [part.std(1) for part in parts], axis=1)

    def differences(self, course, weights):
        """A Savitzky-Golay filter over nine frames; the outermost four frames get the value of the fifth."""
        windows = self.numpy.lib.stride_tricks.sliding_window_view(course, WIDTH, axis=1)
        half = WIDTH // 2
        return self.numpy.pad(windows @ weights, ((0, 0), (half, half), (0, 0)), mode="edge")


def measure(what, folder):
    import numpy
    import soundfile

    mfccs = {}

    def work():
        clips = segments = 0
        for path in sorted(pathlib.Path(folder).rglob("*.mp3")):
            samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
            clips += 1
            if what == "mfcc":
                if rate not in mfccs:
                    mfccs[rate] = Mfcc(numpy, rate)
                segments += len(mfccs[rate](samples.mean(1)))
        return {"clips": clips, "segments": segments}

    facts, cost = cost_of(work)
    facts["version"] = f"soundfile {soundfile.__version__} ({soundfile.__libsndfile_version__}), numpy {numpy.__version__}"
    return {"cost": cost, "facts": facts}


print(json.dumps(measure(*sys.argv[1:3])))
