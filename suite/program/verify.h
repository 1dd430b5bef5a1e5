#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "suite/program/commands.h"

namespace plasticity {

/// Starts the engine as these options say; gives the device.
using EngineStart = std::function<at::Device(const EngineOptions&)>;

/// Runs a Result's cell again, with the threads and on the kind of device that it had, and
/// compares: bit for bit where the machine is of the same kind, else each metric within the
/// tolerance. Of a bundle, its digests, its Results and its own replay are checked first. Returns
/// 0, 1 where something differs, 130 when the user stopped it. Throws InputError where the cell
/// cannot be run again.
int Verify(const VerifyCommand& command, const EngineStart& start);

/// Packs a folder of Results into a bundle, for which it runs one of them again. Returns as Verify,
/// and writes nothing but where that is 0.
int Submit(const SubmitCommand& command, const EngineStart& start);

}  // namespace plasticity
