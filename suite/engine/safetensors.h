#pragma once

#include <filesystem>
#include <string>

#include "suite/state.h"

namespace plasticity {

/// A snapshot as a file in the safetensors format, which NumPy, PyTorch and others read: the length
/// of a header of JSON, the header, the tensors' bytes. JSON values go into its metadata, each as
/// text under its name. Tensors are float32, float64, int64 or bool.
std::string ToSafetensors(const Snapshot& snapshot);

/// What ToSafetensors wrote, from a file. Throws InputError that names it for anything else.
Snapshot ReadSafetensors(const std::filesystem::path& path);

}  // namespace plasticity
