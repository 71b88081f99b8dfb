"""Measures one Python implementation of HDBSCAN in this process, and reports what it cost as one line of JSON.

    peers.py find                                                   the names that can be imported, as a JSON list
    peers.py NAME POINTS.npy MIN_CLUSTER_SIZE MIN_SAMPLES           the report

The report has the fields of `Report` in jobs.ts. `cost` counts the fit alone; importing and reading the points stand in `facts`. With
fast_hdbscan, which compiles on its first fit, `again` is the report of a second fit in the same process. The name `nothing` adds numbers up in place of
clustering, and needs no package at all: it tries this frame.
"""

import json
import os
import resource
import sys
import time


def cpu_seconds():
    """Processor time of this process, user and system, all threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_bytes():
    """The most resident memory this program ever had. The system counts in KiB, except macOS, which counts in bytes."""
    try:
        # What getrusage says on Linux is no less than what whoever started this program had then.
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def resident_bytes():
    """Resident memory now; where /proc cannot tell, the peak so far."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return peak_bytes()


def cost_of(work):
    """Runs `work` once; its result, and what it cost."""
    baseline = resident_bytes()
    cpu = cpu_seconds()
    start = time.perf_counter()
    result = work()
    wall = time.perf_counter() - start
    return result, {
        "cpuSeconds": cpu_seconds() - cpu,
        "wallSeconds": wall,
        "processCpuSeconds": cpu_seconds(),
        "baselineBytes": baseline,
        "peakBytes": peak_bytes(),
    }


# Each takes the two sizes and imports its package; what it returns takes points and gives labels, −1 for noise.


def hdbscan_with(algorithm):
    def load(min_cluster_size, min_samples):
        import hdbscan
        import numpy

        def fit(points):
            # 'generic' refuses float32.
            given = points.astype(numpy.float64) if algorithm == "generic" else points
            return hdbscan.HDBSCAN(
                min_cluster_size=min_cluster_size,
                min_samples=min_samples,
                algorithm=algorithm,
                approx_min_span_tree=False,
                core_dist_n_jobs=1,
            ).fit(given).labels_

        return fit

    return load


def sklearn(min_cluster_size, min_samples):
    from sklearn.cluster import HDBSCAN

    # It counts the point itself among the samples, the others do not.
    return lambda points: HDBSCAN(min_cluster_size=min_cluster_size, min_samples=min_samples + 1).fit(points).labels_


def fast_hdbscan(min_cluster_size, min_samples):
    from fast_hdbscan import HDBSCAN

    return lambda points: HDBSCAN(min_cluster_size=min_cluster_size, min_samples=min_samples).fit(points).labels_


def nothing(min_cluster_size, min_samples):
    return lambda points: [sum(i * i for i in range(300_000)) * 0, -1]


PEERS = {
    "hdbscan": hdbscan_with("best"),
    "hdbscan-generic": hdbscan_with("generic"),
    "sklearn": sklearn,
    "fast_hdbscan": fast_hdbscan,
}
COMPILES = ("fast_hdbscan",)


def can_be_imported(load):
    try:
        load(2, 1)
        return True
    except Exception:  # a package that does not fit its neighbours fails in many ways
        return False


def read(name, path):
    if name == "nothing":
        return None
    import numpy

    return numpy.load(path)


def report(name, path, min_cluster_size, min_samples):
    load = nothing if name == "nothing" else PEERS[name]
    fit, importing = cost_of(lambda: load(min_cluster_size, min_samples))
    points, loading = cost_of(lambda: read(name, path))

    def measured():
        labels, cost = cost_of(lambda: fit(points))
        facts = {
            "clusters": int(max(labels)) + 1,
            "noise": sum(1 for label in labels if label < 0),
            "importSeconds": importing["cpuSeconds"],
            "loadSeconds": loading["cpuSeconds"],
        }
        return {"cost": cost, "facts": facts}

    first = measured()
    return {**first, "again": measured()} if name in COMPILES else first


if __name__ == "__main__":
    if sys.argv[1] == "find":
        print(json.dumps([name for name, load in PEERS.items() if can_be_imported(load)]))
    else:
        name, path, min_cluster_size, min_samples = sys.argv[1:]
        print(json.dumps(report(name, path, int(min_cluster_size), int(min_samples))))
