// Where a site is written.
#include <unistd.h>

#include <fstream>
#include <set>

#include "reports/page/site.h"
#include "suite/base/error.h"
#include "suite/base/files.h"

namespace plasticity {
namespace {

namespace fs = std::filesystem;

// Lists a site's files, a line each: what a folder may hold that another site may replace.
constexpr char kMarker[] = ".plasticity-page";

std::set<std::string> FilesBelow(const fs::path& folder) {
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_directory() || entry.is_symlink())
      files.insert(entry.path().lexically_relative(folder).generic_string());
  }
  return files;
}

std::set<std::string> Listed(const fs::path& marker) {
  std::set<std::string> files = {kMarker};
  std::ifstream lines(marker);
  for (std::string line; std::getline(lines, line);) files.insert(line);
  return files;
}

// Throws InputError where the folder holds what a site may not replace.
void CheckReplaceable(const fs::path& folder) {
  if (!fs::exists(folder)) return;
  if (!fs::is_directory(folder)) throw InputError(folder.string() + " is no folder.");
  const std::set<std::string> files = FilesBelow(folder);
  if (files.empty()) return;
  if (files.count(kMarker) == 0) {
    throw InputError(folder.string() +
                     " holds other files than pages: name an empty or a new folder.");
  }
  const std::set<std::string> listed = Listed(folder / kMarker);
  for (const std::string& file : files) {
    if (listed.count(file) > 0) continue;
    throw InputError(folder.string() + " holds " + file +
                     ", which is none of its pages: move it away, or name another folder.");
  }
}

void WriteFiles(const Site& site, const fs::path& folder) {
  std::string list;
  const auto write = [&](const std::string& name, const std::string& content) {
    fs::create_directories((folder / name).parent_path());
    std::ofstream file(folder / name, std::ios::binary);
    file << content;
    if (!file.flush()) throw RunError("cannot write " + (folder / name).string() + ".");
  };
  for (const auto& [name, content] : site) {
    write(name, content);
    list += name + "\n";
  }
  write(kMarker, list);
}

}  // namespace

void WriteSite(const Site& site, const fs::path& folder) {
  fs::path goal = fs::weakly_canonical(fs::absolute(folder));
  if (!goal.has_filename()) goal = goal.parent_path();  // "site/"
  CheckReplaceable(goal);
  const std::string suffix = "." + std::to_string(::getpid());
  const fs::path fresh = goal.string() + suffix + ".new";
  const fs::path old = goal.string() + suffix + ".old";
  std::error_code ignored;
  try {
    fs::create_directories(fresh);
    WriteFiles(site, fresh);
    if (fs::exists(goal)) fs::rename(goal, old);
    fs::rename(fresh, goal);
  } catch (const fs::filesystem_error& error) {
    if (fs::exists(old, ignored) && !fs::exists(goal, ignored)) fs::rename(old, goal, ignored);
    fs::remove_all(fresh, ignored);
    throw InputError("cannot write " + goal.string() + ": " + error.code().message() + ".");
  } catch (...) {
    fs::remove_all(fresh, ignored);
    throw;
  }
  fs::remove_all(old, ignored);
}

}  // namespace plasticity
