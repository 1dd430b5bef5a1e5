#include "suite/engine/plugins.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <map>
#include <set>

#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/plugin_stamp.h"
#include "suite/readout.h"
#include "suite/rule.h"
#include "suite/task.h"

namespace plasticity {
namespace {

std::map<std::string, Plugin>& PluginsByRule() {
  static std::map<std::string, Plugin> plugins;
  return plugins;
}

// "ABI 1, LibTorch 2.11" of every stamp in a library's bytes.
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
    throw InputError(fmt::format(
        "{} is no plugin: a shared library in which PLASTICITY_REGISTER names a rule.", file));
  }
  const std::string ours = *Stamps(PLASTICITY_STAMP).begin();
  for (const std::string& theirs : found) {
    if (theirs != ours) {
      throw InputError(
          fmt::format("{} was built for {}; this program has {}. Rebuild it.", file, theirs, ours));
    }
  }
}

// What is registered now, by kind: names, and names that were claimed twice.
struct Census {
  std::set<std::string> rules;
  std::size_t entries = 0;
  std::vector<std::string> duplicates;

  Census() {
    for (const std::string& rule : Registry<Rule>::Get().Names()) rules.insert(rule);
    Count(Registry<Rule>::Get());
    Count(Registry<Readout>::Get());
    Count(Registry<Task>::Get());
  }

 private:
  template <typename Interface>
  void Count(const Registry<Interface>& registry) {
    entries += registry.entries().size();
    duplicates.insert(duplicates.end(), registry.duplicates().begin(), registry.duplicates().end());
  }
};

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
  const Census before;
  if (dlopen(whole.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr)
    throw InputError(fmt::format("{} does not load: {}. Rebuild it.", file, dlerror()));
  const Census after;
  if (after.duplicates.size() > before.duplicates.size()) {
    throw InputError(fmt::format("{} registers '{}', a name that is taken. Give it another.", file,
                                 after.duplicates.back()));
  }
  if (after.entries == before.entries)
    throw InputError(fmt::format("{} registers nothing that is not there already.", file));
  for (const std::string& rule : after.rules) {
    if (before.rules.count(rule) == 0) PluginsByRule()[rule] = {file, Sha256(bytes)};
  }
}

const Plugin* PluginOf(const std::string& kind, const std::string& name) {
  if (kind != Rule::kKind) return nullptr;
  const auto found = PluginsByRule().find(name);
  return found == PluginsByRule().end() ? nullptr : &found->second;
}

}  // namespace plasticity
