#include "suite/engine/plugins.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <map>
#include <set>

#include "plasticity_headers.h"
#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/engine/child.h"
#include "suite/kinds.h"
#include "suite/plugin_stamp.h"

namespace plasticity {
namespace {

// A kind and a name.
using Part = std::pair<std::string_view, std::string>;

std::map<Part, Plugin>& PluginsByPart() {
  static std::map<Part, Plugin> plugins;
  return plugins;
}

// "ABI 3, LibTorch 2.11, headers 0123456789ab" of every stamp in a library's bytes.
std::set<std::string> Stamps(const std::string& bytes) {
  static const std::string start = PLASTICITY_STAMP_START;
  std::set<std::string> stamps;
  for (std::size_t at = bytes.find(start); at != std::string::npos;
       at = bytes.find(start, at + 1)) {
    const std::size_t from = at + start.size();
    stamps.insert(
        bytes.substr(from, std::min(bytes.find(')', from), bytes.find('\0', from)) - from));
  }
  return stamps;
}

void CheckStamps(const std::string& file, const std::string& bytes) {
  const std::set<std::string> found = Stamps(bytes);
  if (found.empty() || bytes.rfind("\177ELF", 0) != 0) {
    throw InputError(
        fmt::format("{} is no plugin: a shared library that plasticity_add_plugin builds.", file));
  }
  const std::string ours = *Stamps(PLASTICITY_STAMP).begin();
  for (const std::string& theirs : found) {
    if (theirs != ours) {
      throw InputError(
          fmt::format("{} was built for {}; this program has {}. Rebuild it; or, where the headers "
                      "are newer than the program, the program first (ci/build).",
                      file, theirs, ours));
    }
  }
}

// What is registered now, names that were claimed twice, and descriptions that could not be had.
struct Census {
  std::set<Part> parts;
  std::vector<std::string> duplicates;
  std::vector<std::string> faults;

  Census() {
    for (const KindRegistry* kind : Kinds()) {
      for (const std::string& name : kind->Names()) parts.emplace(kind->kind().name, name);
      duplicates.insert(duplicates.end(), kind->duplicates().begin(), kind->duplicates().end());
      faults.insert(faults.end(), kind->faults().begin(), kind->faults().end());
    }
  }
};

// Loads the library in a child process first, since its static initialisers and descriptions run
// now.
void TryLoading(const std::filesystem::path& library, const std::string& file) {
  constexpr double kLimit = 60;  // seconds
  const auto load = [&](const SendLine&) {
    dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);  // what it lacks is said where it is kept
  };
  if (const auto end = RunInChild(
          load, [](const std::string&) {}, kLimit)) {
    throw InputError(fmt::format(
        "{} {} while it is loaded: see what its Describe() and its static variables do.", file,
        end->how));
  }
}

}  // namespace

void LoadPlugin(const std::filesystem::path& path) {
  static std::set<std::filesystem::path> loaded;
  const std::string file = path.filename().string();
  if (std::filesystem::is_directory(path))
    throw InputError(fmt::format("{} is a folder, not a plugin.", path.string()));
  const std::string bytes = ReadFile(path);
  CheckStamps(file, bytes);
  const std::filesystem::path whole = std::filesystem::canonical(path);
  if (!loaded.insert(whole).second) return;  // named twice
  TryLoading(whole, file);
  const Census before;
  if (dlopen(whole.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr)
    throw InputError(fmt::format("{} does not load: {}. Rebuild it.", file, dlerror()));
  const Census after;
  if (after.faults.size() > before.faults.size())
    throw InputError(fmt::format("{}: {}.", file, after.faults.back()));
  if (after.duplicates.size() > before.duplicates.size()) {
    throw InputError(fmt::format("{} registers '{}', a name that is taken. Give it another.", file,
                                 after.duplicates.back()));
  }
  if (after.parts.size() == before.parts.size())
    throw InputError(fmt::format("{} registers nothing that is not there already.", file));
  const Plugin plugin = {file, Sha256(bytes)};
  for (const Part& part : after.parts) {
    if (before.parts.count(part) == 0) PluginsByPart()[part] = plugin;
  }
}

const Plugin* PluginOf(std::string_view kind, const std::string& name) {
  const auto found = PluginsByPart().find({kind, name});
  return found == PluginsByPart().end() ? nullptr : &found->second;
}

}  // namespace plasticity
