#pragma once

#include <filesystem>
#include <string>

namespace plasticity {

/// A library with rules that was loaded at start.
struct Plugin {
  std::string file;    ///< its name, without folders
  std::string sha256;  ///< of its bytes
};

/// Loads a library that registers rules (tasks, readouts). Throws InputError, before any of its
/// code runs, for a file that is none or was built for another ABI or LibTorch; and for one that
/// registers nothing, or a name that is taken.
void LoadPlugin(const std::filesystem::path& path);

/// The plugin that the part `name` of a kind ("rule") came from; nullptr where it is built in.
const Plugin* PluginOf(const std::string& kind, const std::string& name);

}  // namespace plasticity
