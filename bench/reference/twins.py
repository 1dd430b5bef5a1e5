"""Training steps of published methods in plain PyTorch, as their own code takes them: what ours is measured against.

Each function here makes a step and gives it back: called, it learns from the next images. Images are normalised float32 in
memory, so that a step is all that is measured.
"""
import random

import torch
from torch import nn
from torch.nn import functional as F

IMAGES = 20000


def images_in_memory(count, shape=(3, 32, 32)):
    torch.manual_seed(1)
    return torch.randn(count, *shape)


def in_turn(images, batch):
    """Batches of images, one behind the other, for ever."""
    start = 0
    while True:
        yield images[start:start + batch]
        start = (start + batch) % (len(images) - batch + 1)


def patches(x, kernel):
    """What a convolution without padding sees, [positions, channels x kernel x kernel]."""
    return F.unfold(x, kernel).transpose(1, 2).flatten(0, 1)


def rank_and_move(weights, x, p, k, delta, rate):
    """Krotov & Hopfield's rule as PyTorch-Hebbian has it (krotov.py), for x [samples, inputs]."""
    answers = torch.matmul(torch.sign(weights) * torch.abs(weights) ** (p - 1), x.t())  # [units, samples]
    ranks = torch.topk(answers, k, dim=0).indices
    activations = torch.zeros_like(answers)
    columns = torch.arange(len(x))
    activations[ranks[0], columns] = 1.0
    activations[ranks[k - 1], columns] = -delta
    decay = torch.sum(activations * answers, 1)
    change = torch.matmul(activations, x) - decay.unsqueeze(1) * weights
    weights.add_(rate * change / torch.abs(change).max().clamp_min(1e-30))


def krotov(p, batch=1000, units=2000):
    """One dense layer."""
    weights = torch.randn(units, 3072)
    batches = in_turn(images_in_memory(4 * batch).flatten(1), batch)

    @torch.no_grad()
    def step():
        rank_and_move(weights, next(batches), p, k=2, delta=0.4, rate=0.02)

    return step


def krotov_convolution(batch, units=400, kernel=5):
    """A convolution on images of one channel, whose batch norm follows (trainers.py passes the images through the model, too)."""
    weights = torch.randn(units, kernel**2)
    behind = nn.Sequential(nn.BatchNorm2d(units), nn.ReLU(), nn.MaxPool2d(2))
    batches = in_turn(images_in_memory(1000, (1, 28, 28)), batch)

    @torch.no_grad()
    def step():
        x = next(batches)
        behind(F.conv2d(x, weights.view(units, 1, kernel, kernel)))
        rank_and_move(weights, patches(x, kernel), p=4, k=4, delta=0.4, rate=0.04)

    return step


def cosine_similarity(x, weight):
    """((cos + 1) / 2)^2 of each kernel and patch."""
    lengths = F.conv2d(x.square().sum(1, keepdim=True), torch.ones(1, 1, *weight.shape[2:])).sqrt()
    cosine = F.conv2d(x, weight) / (lengths * weight.flatten(1).norm(dim=1).view(1, -1, 1, 1)).clamp_min(1e-30)
    return ((cosine + 1) / 2) ** 2


def winners(scores, k):
    """1 for a row's k largest, else 0."""
    return (scores >= scores.topk(k, dim=1).values[:, -1:]).float()


# Strengths of units [positions, units] in FastHebb's competitions.
COMPETITIONS = {"swta": lambda y: torch.exp(y / 0.02) / torch.exp(y / 0.02).sum(1, keepdim=True),
                "wta": lambda y: winners(y, 1), "kwta": lambda y: winners(y, 5)}


def fasthebb(rule, batch=64, rate=1e-2, group=128):
    """FastHebb's step in its five Hebbian layers, merged and in the order that is faster (hebb.py, HEBB_FASTHEBB and
    HEBB_REORDMULT), 128 units at a time: hpca, or a competition."""
    layers, channels = [], 3
    for units, kernel, pool in ((96, 5, 2), (128, 3, 1), (192, 3, 2), (256, 3, 1), (4096, 3, 1)):
        weight = torch.randn(units, channels, kernel, kernel) / (channels * kernel**2)**0.5
        layers.append((weight, nn.BatchNorm2d(units, affine=False), nn.MaxPool2d(pool), nn.BatchNorm2d(units)))
        channels = units
    batches = in_turn(images_in_memory(1000), batch)

    def as_rows(maps):
        return maps.permute(0, 2, 3, 1).contiguous().view(-1, maps.shape[1])

    def update(x, weight, statistics):
        similar = F.conv2d(x, weight) if rule == "hpca" else cosine_similarity(x, weight)
        statistics(similar)
        flat, seen = weight.flatten(1), patches(x, weight.shape[2])
        if rule == "hpca":
            strengths = as_rows(torch.relu(similar))
            shares = 1 / len(strengths)
        else:
            strengths = COMPETITIONS[rule](as_rows(similar))
            mass = strengths.sum(0, keepdim=True)
            shares = strengths / (mass + (mass == 0).float())
        change = torch.zeros_like(flat)
        for start in range(0, len(flat), group):
            some = slice(start, start + group)
            post = strengths[:, some] * (shares if rule == "hpca" else shares[:, some])
            change[some] = post.t() @ seen
            if rule == "hpca":
                before = (torch.arange(len(flat)) <= torch.arange(start, min(start + group, len(flat))).unsqueeze(1)).float()
                change[some] -= (post.t() @ strengths * before) @ flat
            else:
                change[some] -= post.sum(0).unsqueeze(1) * flat[some]
        if rule == "hpca":
            change /= flat.shape[1] ** 0.5
        weight.add_(rate * change.view_as(weight))

    @torch.no_grad()
    def step():
        x = next(batches)
        for weight, statistics, pool, norm in layers:
            now = weight if rule == "hpca" else weight / weight.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
            output = torch.relu(F.conv2d(x, now))
            update(x, weight, statistics)
            x = norm(pool(output))

    return step


def gradhebb(batch=100, winners_a_place=1):
    """Miconi's step (HebbGrad_Github.ipynb) in its three layers, without its tallies: instar by automatic differentiation, pruned
    weights of norm 1, thresholds that adapt."""
    layers, channels = [], 3
    for units, kernel, kept in ((100, 5, 1.0), (196, 3, 0.01), (400, 3, 0.01)):
        mask = (torch.rand(units, channels, kernel, kernel) < kept).float()
        weight = torch.randn(mask.shape) * mask
        weight = (weight / (1e-10 + weight.square().sum((1, 2, 3), keepdim=True).sqrt())).requires_grad_()
        descent = torch.optim.SGD([weight], lr=(1e-3 if units == 400 else 1e-4))
        layers.append((weight, mask, descent, torch.zeros(1, units, 1, 1)))
        channels = units
    batches = in_turn(images_in_memory(1000), batch)

    def step():
        x = next(batches)
        for weight, mask, descent, thresholds in layers:
            descent.zero_grad()
            with torch.no_grad():
                x = x - x.mean((1, 2, 3), keepdim=True)
                x = x / (1e-10 + x.std((1, 2, 3), keepdim=True))
            drive = F.conv2d(x, weight)
            with torch.no_grad():
                above = drive - thresholds
                active = above.clone()
                active[active < active.topk(winners_a_place, dim=1).values[:, -1:]] = 0
                active = (active > 0).float()
            surrogate = drive - weight.square().sum((1, 2, 3)).view(1, -1, 1, 1) / 2
            surrogate.data = active
            (-surrogate.square() / 2).sum().backward()
            descent.step()
            with torch.no_grad():
                weight.mul_(mask)
                weight.div_(1e-10 + weight.square().sum((1, 2, 3), keepdim=True).sqrt())
                x = F.avg_pool2d((above - above.mean(1, keepdim=True)).clamp_min(0), 2)
                thresholds += 3 * (active.mean((0, 2, 3)).view_as(thresholds) - winners_a_place / len(weight))

    return step


def mono_forward(batch=64):
    """Mono-Forward's step in its MLP, as the paper has it (Gong, Li & Abdulla 2025, section 3; they published no code): each layer's
    cross-entropy by a projection of its own, Adam."""
    layers, inputs = [], 3072
    for _ in range(3):
        layers.append((nn.Linear(inputs, 2000), nn.Linear(2000, 10, bias=False)))
        inputs = 2000
    descent = torch.optim.Adam([weight for pair in layers for part in pair for weight in part.parameters()], lr=1e-3)
    batches = in_turn(images_in_memory(1000).flatten(1), batch)
    labels = torch.arange(batch) % 10

    def step():
        x = next(batches)
        descent.zero_grad()
        for layer, project in layers:
            output = torch.relu(layer(x))
            F.cross_entropy(project(output), labels).backward()
            x = output.detach()
        descent.step()

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
