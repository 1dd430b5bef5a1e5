#pragma once

#include <filesystem>
#include <vector>

#include "suite/program/commands.h"

namespace plasticity {

/// Where this program is.
std::filesystem::path Program();

/// The engine, loaded at the first call, so that verbs which need no LibTorch start at once; and
/// `plugins`, loaded into it. Throws Error.
const EngineCommands& Engine(const std::vector<std::filesystem::path>& plugins = {});

}  // namespace plasticity
