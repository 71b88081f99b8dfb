import sys

import numpy as np

folder = sys.argv[1]
# #region metric
p = np.load(f'{folder}/evaluation/predictions/pruned.npy')[0]  # the first seed: test clips × classes
y = np.load(f'{folder}/evaluation/predictions/truth.npy')


def average_precision(truth, scores):
    order = np.argsort(-scores, kind='stable')
    hits = truth[order]
    return (np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits > 0].mean()


print(np.mean([average_precision(y[:, k], p[:, k]) for k in range(y.shape[1]) if y[:, k].any()]))
# #endregion
