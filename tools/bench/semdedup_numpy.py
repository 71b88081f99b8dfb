"""Measures SemDeDup (Abbas et al. 2023) in numpy, as its authors' code does it in PyTorch, and reports what it cost as one line of JSON, in the form of `Report` in job.ts.

    semdedup_numpy.py POINTS.npy FACTS.npy EPSILON        the first row of FACTS has the cluster of each point

In each cluster, points least like the centroid come first, all similarities are computed at once, and a point goes when one before it is more similar
than 1 - epsilon. `kept` is how many stay.
"""

import json
import sys

from peers import cost_of


def kept_of_cluster(numpy, rows, epsilon):
    centroid = rows.mean(axis=0)
    order = numpy.argsort(rows @ (centroid / numpy.linalg.norm(centroid)), kind="stable")
    rows = rows[order]
    similarities = rows @ rows.T
    greatest = numpy.triu(similarities, k=1).max(axis=0)
    return int((greatest <= 1 - epsilon).sum())


def kept_of_all(numpy, points, labels, epsilon):
    return sum(kept_of_cluster(numpy, points[labels == label], epsilon) for label in numpy.unique(labels))


if __name__ == "__main__":
    import numpy

    points, facts = numpy.load(sys.argv[1]), numpy.load(sys.argv[2])
    kept, cost = cost_of(lambda: kept_of_all(numpy, points, facts[0].astype(int), float(sys.argv[3])))
    print(json.dumps({"cost": cost, "facts": {"kept": kept}}))
