"""Training steps of published methods in plain PyTorch, as their own code takes them: what ours is measured against.

Each function here makes a step and gives it back: called, it learns from the next images. Images are normalised float32 in
memory, so that a step is all that is measured.
"""
import random

import torch
from torch import nn
from torch.nn import functional as F

IMAGES = 20000


def images_in_memory(count):
    torch.manual_seed(1)
    return torch.randn(count, 3, 32, 32)


def in_turn(images, batch):
    """Batches of images, one behind the other, for ever."""
    start = 0
    while True:
        yield images[start:start + batch]
        start = (start + batch) % (len(images) - batch + 1)


@torch.no_grad()
def krotov(p, batch=1000, units=2000, k=2, delta=0.4, rate=0.02):
    """Krotov & Hopfield's rule as PyTorch-Hebbian has it (krotov.py): one dense layer."""
    weights = torch.randn(units, 3072)
    batches = in_turn(images_in_memory(4 * batch).flatten(1), batch)

    @torch.no_grad()
    def step():
        x = next(batches)
        answers = torch.matmul(torch.sign(weights) * torch.abs(weights) ** (p - 1), x.t())  # [units, batch]
        ranks = torch.topk(answers, k, dim=0).indices
        activations = torch.zeros_like(answers)
        columns = torch.arange(batch)
        activations[ranks[0], columns] = 1.0
        activations[ranks[k - 1], columns] = -delta
        decay = torch.sum(activations * answers, 1)
        change = torch.matmul(activations, x) - decay.unsqueeze(1) * weights
        weights.add_(rate * change / torch.abs(change).max().clamp_min(1e-30))

    return step


def softhebb(batch=10, widths=(96, 384, 1536), rates=(0.08, 0.005, 0.01), temperatures=(1, 0.65, 0.25),
             powers=(0.7, 1.4, 1.0)):
    """SoftHebb's unsupervised step in its CIFAR network (hebbconv.py, preset 4SoftHebbCnnCIFAR)."""
    layers, channels = [], 3
    for width, kernel in zip(widths, (5, 3, 3)):
        norm = nn.BatchNorm2d(channels, affine=False)
        layers.append((norm, 25 * torch.randn(width, channels, kernel, kernel) / (channels * kernel**2)**0.5, kernel // 2))
        channels = width
    pools = (nn.MaxPool2d(4, 2, 1), nn.MaxPool2d(4, 2, 1), nn.AvgPool2d(2, 2))
    batches = in_turn(images_in_memory(1000), batch)

    def update(weight, x, answers, rate, temperature):
        flat = answers.transpose(0, 1).flatten(1)  # [units, batch x positions]
        shares = -torch.softmax(temperature * flat, 0)
        winners = flat.argmax(0)
        columns = torch.arange(flat.shape[1])
        shares[winners, columns] = -shares[winners, columns]
        post = shares.view(answers.transpose(0, 1).shape).transpose(0, 1)
        change = F.conv2d(x.transpose(0, 1), post.transpose(0, 1)).transpose(0, 1)
        change = change - (post * answers).sum((0, 2, 3)).view(-1, 1, 1, 1) * weight
        change = change / (change.abs().amax() + 1e-30)
        reach = ((weight.flatten(1).norm(dim=1) - 1).abs() + 1e-10)**0.5
        weight.add_(rate * reach.view(-1, 1, 1, 1) * change)

    @torch.no_grad()
    def step():
        x = next(batches)
        for (norm, weight, padding), pool, rate, temperature, power in zip(layers, pools, rates, temperatures, powers):
            seen = F.pad(norm(x), (padding,) * 4, mode="reflect")
            answers = F.conv2d(seen, weight)
            update(weight, seen, answers, rate, temperature)
            x = pool(torch.relu(answers - answers.mean(1, keepdim=True))**power)

    return step


def cosines(rows):
    unit = F.normalize(rows, dim=1)
    return unit @ unit.t()


class SphereBlock(nn.Module):
    def __init__(self, channels, units, columns=256):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(channels, units, 3, padding=1), nn.BatchNorm2d(units), nn.LeakyReLU(0.2),
                                  nn.MaxPool2d(4, 2, 1))
        self.reduce = nn.Sequential(nn.Conv2d(units, units // 2, 1), nn.BatchNorm2d(units // 2), nn.ReLU())
        self.project = nn.Linear(units // 2, columns)

    def forward(self, x):
        output = self.body(x)
        projected = self.project(self.reduce(output).mean((2, 3)))
        structure = F.mse_loss(cosines(x.flatten(1)), cosines(projected))
        orthogonality = F.mse_loss(cosines(projected.t()), torch.eye(projected.shape[1]))
        return output, structure + 0.8 * orthogonality


def sphere(width, batch=128):
    """SPHeRe's step (main.py): a loss for each block, gradients that stop at the block's input, AdamW."""
    units = [round(full * width) for full in (384, 768, 1536)]
    blocks = [SphereBlock(channels, out) for channels, out in zip([3, *units], units)]
    descent = torch.optim.AdamW([weight for block in blocks for weight in block.parameters()], lr=1e-3, weight_decay=0.05)
    batches = in_turn(images_in_memory(4 * batch), batch)

    def step():
        x = next(batches)
        descent.zero_grad()
        for number, block in enumerate(blocks):
            output, loss = block(x)
            loss.backward()
            kept, x = x, output.detach()
            if number == 2:  # the skip connection, without weights
                x = x + F.avg_pool2d(F.pad(kept, (0, 0, 0, 0, 0, x.shape[1] - kept.shape[1])), 2)
        descent.step()

    return step


def stream(strategy, kind, batch=10, memory_size=500):
    """Plain descent on a stream by an MLP 3072-256-10 or two convolutions; er replays as many images from a reservoir."""
    images, labels = images_in_memory(IMAGES), torch.arange(IMAGES) % 10
    if kind == "mlp":
        network = nn.Sequential(nn.Flatten(), nn.Linear(3072, 256), nn.ReLU(), nn.Linear(256, 10))
    else:
        network = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                                nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4096, 10))
    descent = torch.optim.SGD(network.parameters(), lr=0.01)
    loss_of = nn.CrossEntropyLoss()
    order = torch.randperm(IMAGES)
    memory, offered, place = [], 0, 0

    def step():
        nonlocal offered, place
        now = order[place:place + batch]
        place = (place + batch) % IMAGES
        x, y = images[now], labels[now]
        if strategy == "er":
            if memory:
                replayed = torch.tensor(random.sample(memory, min(batch, len(memory))))
                x, y = torch.cat([x, images[replayed]]), torch.cat([y, labels[replayed]])
            for image in now.tolist():
                offered += 1
                if len(memory) < memory_size:
                    memory.append(image)
                elif (slot := random.randrange(offered)) < memory_size:
                    memory[slot] = image
        descent.zero_grad()
        loss_of(network(x), y).backward()
        descent.step()

    return step
