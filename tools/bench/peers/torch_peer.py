"""PyTorch in the comparison: commands as JSON lines on stdin, answers on file descriptor 3, arrays as files of bare bytes.

Not responsible for: checking results and inputs, which the program that starts it does.
"""
import json
import math
import os
import resource
import sys
import time

answers = os.fdopen(3, "w")
threads = int(sys.argv[1])
runner = None
estimate = 0.0


def now():
    return time.perf_counter() * 1000


def arrays(task, folder):
    found = {}
    for name, spec in task["inputs"].items():
        dtype = numpy.int32 if spec.get("classes") is not None else numpy.float32
        data = numpy.fromfile(os.path.join(folder, name + ".bin"), dtype=dtype).reshape(spec["shape"])
        found[name] = torch.from_numpy(data.astype(numpy.int64) if dtype is numpy.int32 else data)
    return found


def forward(compute):
    def run():
        with torch.inference_mode():
            return {"y": compute()}

    return run


def training(parameters, loss_of):
    optimizer = torch.optim.Adam([p.requires_grad_(True) for p in parameters], lr=1e-3, foreach=True)

    def run():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return {"loss": loss.detach().reshape(1)}

    return run


def matmul(settings, t):
    a = t["a"].transpose(-1, -2) if settings.get("transposeA") else t["a"]
    b = t["b"].transpose(-1, -2) if settings.get("transposeB") else t["b"]
    return forward(lambda: a @ b)


def convolution(kind, settings, t):
    options = dict(padding=settings["padding"], stride=settings["stride"], groups=settings["groups"])
    if kind == "convolution":
        return forward(lambda: F.conv2d(t["x"], t["w"], **options))
    x, w = t["x"].requires_grad_(True), t["w"].requires_grad_(True)

    def run():
        y = F.conv2d(x, w, **options)
        dx, dw = torch.autograd.grad(y, (x, w), t["dy"])
        return {"y": y.detach(), "dx": dx, "dw": dw}

    return run


def mlp(t):
    def logits():
        first = torch.relu(torch.addmm(t["b0"], t["x"], t["w0"]))
        second = torch.relu(torch.addmm(t["b1"], first, t["w1"]))
        return torch.addmm(t["b2"], second, t["w2"])

    return training([t[n] for n in t if n not in "xy"], lambda: F.cross_entropy(logits(), t["y"]))


def lenet(t):
    def logits():
        first = F.max_pool2d(torch.relu(F.conv2d(t["x"], t["k1"], t["c1"], padding=2)), 2)
        second = F.max_pool2d(torch.relu(F.conv2d(first, t["k2"], t["c2"])), 2).flatten(1)
        hidden = torch.relu(torch.addmm(t["g1"], second, t["f1"]))
        return torch.addmm(t["g3"], torch.relu(torch.addmm(t["g2"], hidden, t["f2"])), t["f3"])

    return training([t[n] for n in t if n not in "xy"], lambda: F.cross_entropy(logits(), t["y"]))


def lstm(t):
    module = torch.nn.LSTM(t["wx"].shape[0], t["wh"].shape[0])
    with torch.no_grad():
        module.weight_ih_l0.copy_(t["wx"].T)
        module.weight_hh_l0.copy_(t["wh"].T)
        module.bias_ih_l0.copy_(t["b"])
        module.bias_hh_l0.zero_()
    parameters = [module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0, t["wo"], t["bo"]]
    labels = t["y"].reshape(-1)

    def loss():
        outputs, _ = module(t["x"])
        return F.cross_entropy(torch.addmm(t["bo"], outputs.flatten(0, 1), t["wo"]), labels)

    step = training(parameters, loss)
    module.bias_hh_l0.requires_grad_(False)
    return step


def block(kind, settings, t):
    batch, steps, depth = t["x"].shape
    heads = settings["heads"]

    def linear(x, weight, bias):
        return torch.addmm(t[bias], x.reshape(-1, t[weight].shape[0]), t[weight]).reshape(batch, steps, -1)

    def norm(x, scale, shift):
        return F.layer_norm(x, (depth,), t[scale], t[shift], 1e-5)

    def compute():
        projected = linear(norm(t["x"], "l1g", "l1b"), "wqkv", "bqkv")
        query, key, value = projected.reshape(batch, steps, 3, heads, -1).permute(2, 0, 3, 1, 4)
        weights = torch.softmax((query @ key.transpose(-1, -2)) * (1 / math.sqrt(depth // heads)), -1)
        middle = t["x"] + linear((weights @ value).transpose(1, 2), "wo", "bo")
        inner = F.gelu(linear(norm(middle, "l2g", "l2b"), "w1", "b1"), approximate="tanh")
        return middle + linear(inner, "w2", "b2")

    if kind == "block":
        return forward(compute)
    names = [n for n in t if n != "dy"]
    inputs = [t[n].requires_grad_(True) for n in names]

    def run():
        y = compute()
        gradients = torch.autograd.grad(y, inputs, t["dy"])
        return {"y": y.detach(), **{"d" + n: g for n, g in zip(names, gradients)}}

    return run


def adds(settings, t):
    def compute():
        y = t["x"]
        for _ in range(settings["count"]):
            y = y + t["one"]
        return y

    return forward(compute)


def build(task, t):
    kind, settings = task["kind"], task["settings"]
    if kind == "matmul":
        return matmul(settings, t)
    if kind in ("convolution", "convolution-gradients"):
        return convolution(kind, settings, t)
    if kind in ("block", "block-gradients"):
        return block(kind, settings, t)
    if kind == "adds":
        return adds(settings, t)
    if kind in ("mlp-step", "lenet-step", "lstm-step"):
        return {"mlp-step": mlp, "lenet-step": lenet, "lstm-step": lstm}[kind](t)
    simple = {
        "chain": lambda: F.gelu(t["x"] * 1.5 + 0.25, approximate="tanh") * 0.75,
        "sum": lambda: t["x"].sum(settings["axis"]),
        "softmax": lambda: torch.softmax(t["x"], -1),
        "layer-norm": lambda: F.layer_norm(t["x"], (t["x"].shape[-1],), t["g"], t["b"], 1e-5),
    }
    return forward(simple[kind])


def init(_):
    global torch, numpy, F
    import numpy
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(threads)
    return {"version": torch.__version__, "threads": torch.get_num_threads()}


def prepare(command):
    """Builds a task, writes the results that are checked, and runs it until it is warm."""
    global runner, estimate
    task = command["task"]
    start = now()
    runner = build(task, arrays(task, command["inputs"]))
    count = command["checkedSteps"]
    first = None
    losses = []
    for _ in range(count or 1):
        found = runner()
        first = first or now() - start
        if count:
            losses.append(found["loss"])
    for name, value in {"loss": torch.cat(losses)}.items() if count else found.items():
        if name in command["checked"]:
            value.detach().contiguous().numpy().astype(numpy.float32).tofile(os.path.join(command["outputs"], name + ".bin"))
    start = now()
    estimate = first
    while estimate < command["slowMs"]:
        begin = now()
        runner()
        estimate = now() - begin
        if now() - start > command["warmMs"]:
            break
    return {"firstMs": first, "estimateMs": estimate}


def measure(command):
    global estimate
    repeats = max(1, math.ceil(1 / estimate)) if estimate < 1 else 1
    samples = []
    start = now()
    while not samples or now() - start < command["ms"]:
        begin = now()
        for _ in range(repeats):
            runner()
        samples.append((now() - begin) / repeats)
    estimate = samples[-1]
    return {"samples": samples}


def repeat(command):
    """Runs up to a number of times within a budget; says how much memory the process had at most."""
    start = now()
    runs = 0
    while runs < command["runs"] and now() - start < command["budgetMs"]:
        runner()
        runs += 1
    return {"runs": runs, "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def drop(_):
    global runner
    runner = None
    return {}


commands = {"init": init, "prepare": prepare, "measure": measure, "repeat": repeat, "drop": drop}
for line in sys.stdin:
    command = json.loads(line)
    if command["name"] == "exit":
        break
    try:
        answer = commands[command["name"]](command)
    except Exception as error:  # what went wrong is an answer too
        answer = {"error": repr(error)[:400]}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
