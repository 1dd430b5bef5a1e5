#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace plasticity {

/// A library with rules (or parts of other kinds) that was loaded at start.
struct Plugin {
  std::string file;    ///< its name, without folders
  std::string sha256;  ///< of its bytes
};

/// Loads a library that registers parts. Throws InputError, before any of its
/// code runs, for a file that is none or was built for another LibTorch or with other headers; and
/// for one that crashes or exits while it is loaded (tried in a child process), whose description
/// throws, or that registers nothing, or a name that is taken.
void LoadPlugin(const std::filesystem::path& path);

/// The plugin that the part `name` of `kind` ("rule") came from; nullptr where it is built in.
const Plugin* PluginOf(std::string_view kind, const std::string& name);

}  // namespace plasticity
