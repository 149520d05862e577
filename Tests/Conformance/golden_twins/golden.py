"""Writes golden files of the form of `stbank parity` from a PyTorch module: weights, outputs, gradients, three Adam steps."""

import copy
import json

import h5py
import numpy as np
import torch

LIMIT = 1e-5  # an element of the Adam steps that moves more under tiny changes is not compared


def stir(module, seed):
    """Moves everything away from its initial value, so that a forgotten bias or a wrong epsilon shows."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in (p for p in module.parameters() if p.requires_grad):
            spread = max(0.05, 0.5 * float(parameter.std())) if parameter.numel() > 1 else 0.1
            parameter += spread * torch.randn(parameter.shape, generator=generator)
        for name, buffer in module.named_buffers():
            if name.endswith("running_mean"):
                buffer += 0.1 * torch.randn(buffer.shape, generator=generator)
            elif name.endswith("running_var"):
                buffer *= 0.5 + torch.rand(buffer.shape, generator=generator)


def step_three_times(module, x, y):
    module = copy.deepcopy(module).eval()
    adam = torch.optim.Adam(module.parameters(), lr=0.01)
    losses = []
    for step in range(4):
        loss = torch.nn.functional.mse_loss(module(x), y)
        losses.append(loss.item())
        if step == 3:
            break
        adam.zero_grad()
        loss.backward()
        adam.step()
    return {name: p.detach().double() for name, p in module.named_parameters() if p.requires_grad}, losses


def evaluate(module, x, y):
    module = copy.deepcopy(module).eval()
    x = x.clone().requires_grad_()
    output = module(x)
    loss = torch.nn.functional.mse_loss(output, y)
    loss.backward()
    gradients = {name: p.grad for name, p in module.named_parameters()}
    return output.detach(), loss.item(), x.grad, gradients


def train_norms(module, x, y):
    """One forward pass by the batch's own statistics; the twins drop nothing."""
    module = copy.deepcopy(module).train()
    with torch.no_grad():
        output = module(x)
        loss = torch.nn.functional.mse_loss(output, y)
    return output, loss.item(), {n: b for n, b in module.named_buffers() if "running_" in n}


def write_norms(file, module, x, y):
    output, loss, running = train_norms(module, x, y)
    exact = train_norms(copy.deepcopy(module).double(), x.double(), y.double())
    file["bn_train/output"] = output.numpy()
    file["bn_train/loss"] = np.float32(loss)
    for name, value in running.items():
        file[f"bn_train/state/{name}"] = value.numpy()
    apart = [distance(output, exact[0])] + [distance(value, exact[2][name]) for name, value in running.items()]
    file["bn_train"].attrs["f64_max_abs_diff"] = max(apart)


def teach(module, x, y, flags):
    module = copy.deepcopy(module).train()
    with torch.enable_grad():
        frames, loss, parts = module.teach(x, y, flags)
        loss.backward()
    gradients = {name: p.grad for name, p in module.named_parameters()}
    return frames.detach(), loss.item(), {key: part.item() for key, part in parts.items()}, gradients


def write_training(file, module, x, y, flags):
    """The training loss of a recurrent network, the frames it emits and its gradients, with the true frames that `flags` show."""
    frames, loss, parts, gradients = teach(module, x, y, flags)
    exact = teach(copy.deepcopy(module).double(), x.double(), y.double(), flags.double())
    file["train/mask"], file["train/frames"] = flags.numpy(), frames.numpy()
    file["train/loss"] = np.float32(loss)
    file["train/loss"].attrs["f64"] = exact[1]
    for key, part in parts.items():
        file[f"train/{key}"] = np.float32(part)
    file["train/no_grad"] = names([n for n, g in gradients.items() if g is None])
    for name, gradient in gradients.items():
        if gradient is not None:
            file[f"train/grad/{name}"] = gradient.numpy()
    file["train/grad"].attrs["f64_max_abs_diff"] = max(
        distance(g, exact[3][n]) for n, g in gradients.items() if g is not None)


def distance(a, b):
    return float((a.double() - b.double()).abs().max())


def names(values):
    return np.array([v.encode() for v in values] or [b"-"])


def write(path, model, config, module, x, y, extras=None):
    """`extras(file, module, x)` adds what only this model has."""
    output, loss, grad_input, gradients = evaluate(module, x, y)
    exact = evaluate(copy.deepcopy(module).double(), x.double(), y.double())
    after, losses = step_three_times(module, x, y)
    others = [step_three_times(copy.deepcopy(module).double(), x.double(), y.double())]
    for seed in (1, 2):
        jitter = 1 + 3e-7 * torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
        others.append(step_three_times(module, x * jitter, y))
    with h5py.File(path, "w", libver="earliest") as file:
        for key, value in (("model", model), ("config", json.dumps(config)), ("torch", torch.__version__)):
            file.attrs[key] = np.bytes_(value.encode())
        for name, value in module.state_dict().items():
            file[f"state/{name}"] = value.numpy()
        parameters = dict(module.named_parameters())
        file["buffers"] = names([n for n, _ in module.named_buffers() if n in module.state_dict()])
        file["frozen"] = names([n for n, p in parameters.items() if not p.requires_grad])
        file["no_grad"] = names([n for n, g in gradients.items() if g is None])
        for key, value in (("input", x), ("target", y), ("output", output), ("grad_input", grad_input)):
            file[key] = value.numpy()
        file["loss"] = np.float32(loss)
        file["loss"].attrs["f64"] = exact[1]
        file["output"].attrs["f64_max_abs_diff"] = distance(output, exact[0])
        file["grad_input"].attrs["f64_max_abs_diff"] = distance(grad_input, exact[2])
        for name, gradient in gradients.items():
            if gradient is not None:
                file[f"grad/{name}"] = gradient.numpy()
        file["grad"].attrs["f64_max_abs_diff"] = max(
            distance(g, exact[3][n]) for n, g in gradients.items() if g is not None)
        for name, value in after.items():
            file[f"adam/{name}"] = value.float().numpy()
            unstable = sum((value - other[name]).abs() > LIMIT for other, _ in others) > 0
            if unstable.any():
                file[f"adam_unstable/{name}"] = unstable.numpy().astype(np.uint8)
        file["adam_loss"] = np.array(losses, np.float32)
        # Elements that are not compared move the loss as well.
        file["adam_loss"].attrs["f64_max_abs_diff"] = max(
            abs(a - b) for _, other in others for a, b in zip(losses, other))
        if any("running_" in name for name, _ in module.named_buffers()):
            write_norms(file, module, x, y)
        if extras:
            with torch.no_grad():
                extras(file, copy.deepcopy(module).eval(), x)


def write_ranking(file, sums):
    """`sums` (B, ...): scaled to 0..1 a sample, and its ascending order over the flattened rest."""
    flat = sums.flatten(1)
    low, high = flat.amin(1, keepdim=True), flat.amax(1, keepdim=True)
    file["importance/normalised"] = ((flat - low) / (high - low)).reshape(sums.shape).numpy()
    file["importance/order"] = torch.argsort(flat, dim=1, stable=True).numpy()
