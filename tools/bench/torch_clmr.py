"""Measures CLMR's encoder in PyTorch on one thread, and reports what it cost as one line of JSON, in the form of `Report` in jobs.ts.

    torch_clmr.py find                whether PyTorch can be imported: exit status 0, and an empty report
    torch_clmr.py CHECKPOINT.pt       the report of the quickest variant
"""

import json
import sys

from peers import cost_of

SEGMENT = 59049
SEGMENTS = 48


def sample_cnn(torch, state):
    """The eleven blocks of the checkpoint: a convolution over three samples, batch normalisation, ReLU and, between first and last, a maximum over three."""
    prefix = next(key for key in state if key.endswith("sequential.0.0.weight"))[: -len("0.0.weight")]
    layers = []
    count = 11
    for i in range(count):
        weight = state[f"{prefix}{i}.0.weight"]
        first = i == 0
        convolution = torch.nn.Conv1d(weight.shape[1], weight.shape[0], 3, stride=3 if first else 1, padding=0 if first else 1)
        normalisation = torch.nn.BatchNorm1d(weight.shape[0])
        for layer, at in ((convolution, 0), (normalisation, 1)):
            names = layer.state_dict().keys()
            layer.load_state_dict({name: state[f"{prefix}{i}.{at}.{name}"] for name in names})
        layers += [convolution, normalisation, torch.nn.ReLU()]
        if 0 < i < count - 1:
            layers.append(torch.nn.MaxPool1d(3, stride=3))
    return torch.nn.Sequential(*layers, torch.nn.Flatten()).eval()


def measure(torch, path):
    torch.set_num_threads(1)
    saved = torch.load(path, map_location="cpu")
    model = sample_cnn(torch, saved.get("state_dict", saved))
    audio = torch.rand(SEGMENTS, 1, SEGMENT) - 0.5
    reports = []
    with torch.no_grad():
        frozen = torch.jit.freeze(torch.jit.trace(model, audio[:1]))
        for name, variant in (("eager", model), ("frozen TorchScript", frozen)):
            for batch in (1, 4):
                run = lambda count: [variant(audio[i : i + batch]) for i in range(0, count, batch)]
                run(2 * batch)
                _, cost = cost_of(lambda: run(SEGMENTS))
                facts = {"version": f"PyTorch {torch.__version__}", "variant": f"{name}, batch {batch}", "segments": SEGMENTS}
                reports.append({"cost": cost, "facts": facts})
    return min(reports, key=lambda report: report["cost"]["cpuSeconds"])


if __name__ == "__main__":
    import torch

    if sys.argv[1] == "find":
        print(json.dumps({"cost": {}, "facts": {}}))
    else:
        print(json.dumps(measure(torch, sys.argv[1])))
