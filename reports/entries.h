#pragma once

#include <map>
#include <string>
#include <vector>

#include "suite/base/error.h"
#include "suite/base/text.h"

namespace plasticity {

/// The names of what a registry has, sorted.
template <typename Entry>
std::vector<std::string> NamesIn(const std::map<std::string, Entry>& entries) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries) names.push_back(name);
  return names;
}

/// "a, b or c" of the names that a registry has.
template <typename Entry>
std::string ChoiceOf(const std::map<std::string, Entry>& entries) {
  std::string text;
  std::size_t left = entries.size();
  for (const auto& [name, entry] : entries) {
    text += name + (--left > 1 ? ", " : left == 1 ? " or " : "");
  }
  return text;
}

/// The entry of that name. Throws InputError with the nearest and all names where there is none.
template <typename Entry>
const Entry& EntryNamed(const std::map<std::string, Entry>& entries, const std::string& what,
                        const std::string& name) {
  const auto found = entries.find(name);
  if (found != entries.end()) return found->second;
  const std::vector<std::string> names = NamesIn(entries);
  throw InputError("no " + what + " named '" + name + "'." + NearestHint(name, names) +
                   " There are " + Join(names, ", ") + ".");
}

/// The name of the entry whose files end as `file` does. Throws InputError where there is none.
template <typename Entry>
std::string NameForFile(const std::map<std::string, Entry>& entries, const std::string& file) {
  std::vector<std::string> extensions;
  for (const auto& [name, entry] : entries) {
    if (file.size() > entry.extension.size() && file.ends_with(entry.extension)) return name;
    extensions.push_back(entry.extension);
  }
  throw InputError("'" + file + "' ends as no format does: " + Join(extensions, ", ") + ".");
}

}  // namespace plasticity
