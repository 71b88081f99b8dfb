"""Measures an epoch of CLMR's linear evaluation in PyTorch on one thread, and reports what it cost as one line of JSON, in the form of `Report` in jobs.ts.

    probe_torch.py find                              whether PyTorch can be imported: exit status 0, and an empty report
    probe_torch.py ROWS VALID COLS CLASSES EPOCHS    the report of so many epochs on random numbers, after one that does not count
"""

import json
import sys

from peers import cost_of

BATCH = 48


def split(torch, rows, cols, classes):
    return torch.rand(rows, cols), (torch.rand(rows, classes) < 0.1).float()


def measure(torch, rows, valid, cols, classes, epochs):
    torch.set_num_threads(1)
    x, y = split(torch, rows, cols, classes)
    x_valid, y_valid = split(torch, valid, cols, classes)
    model = torch.nn.Linear(cols, classes)
    loss = torch.nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-6)

    def epoch():
        for batch in torch.randperm(rows).split(BATCH):
            optimizer.zero_grad()
            loss(model(x[batch]), y[batch]).backward()
            optimizer.step()
        with torch.no_grad():
            loss(model(x_valid), y_valid).item()

    epoch()
    _, cost = cost_of(lambda: [epoch() for _ in range(epochs)])
    return {"cost": cost, "facts": {"version": f"PyTorch {torch.__version__}"}}


if __name__ == "__main__":
    import torch

    if sys.argv[1] == "find":
        print(json.dumps({"cost": {}, "facts": {}}))
    else:
        print(json.dumps(measure(torch, *map(int, sys.argv[1:]))))
