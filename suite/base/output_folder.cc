#include "suite/base/output_folder.h"

#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/files.h"

namespace plasticity {
namespace {

namespace fs = std::filesystem;

// The file that lists what the verb wrote, "DIGEST  PATH" a line, as sha256sum reads it.
std::string ListOf(const std::string& verb) { return ".plasticity-" + verb; }

// The digests in a list, by path.
std::map<std::string, std::string> Listed(const fs::path& list) {
  std::map<std::string, std::string> digests;
  std::istringstream lines(ReadFile(list));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t gap = line.find("  ");
    if (gap != std::string::npos) digests.emplace(line.substr(gap + 2), line.substr(0, gap));
  }
  return digests;
}

std::string NameAnother(const fs::path& folder) {
  return ": move it away, or name another folder than " + folder.string() + ".";
}

// What others keep in the folder, which is to stay.
std::set<std::string> FilesOfOthers(const fs::path& folder, const FolderFiles& files,
                                    const std::string& verb) {
  if (!fs::exists(folder)) return {};
  if (!fs::is_directory(folder)) throw InputError(folder.string() + " is no folder.");
  std::set<std::string> others = FilesBelow(folder);
  if (others.empty()) return {};
  const std::string list = ListOf(verb);
  if (others.erase(list) == 0) {
    throw InputError(folder.string() +
                     " holds other files already: name an empty or a new folder, or one that `" +
                     verb + "` wrote.");
  }
  for (const auto& [path, digest] : Listed(folder / list)) {
    if (others.erase(path) == 0) continue;
    if (Sha256(ReadFile(folder / path)) == digest) continue;
    throw InputError(path + " was changed since it was written" + NameAnother(folder));
  }
  for (const std::string& path : others) {
    if (files.contains(path)) throw InputError(path + " is in the way" + NameAnother(folder));
  }
  return others;
}

void WriteInto(const fs::path& folder, const FolderFiles& files, const std::string& verb) {
  std::string list;
  const auto write = [&](const std::string& name, const std::string& content) {
    fs::create_directories((folder / name).parent_path());
    std::ofstream file(folder / name, std::ios::binary);
    file << content;
    if (!file.flush()) CannotWrite(folder / name, errno);
  };
  for (const auto& [name, content] : files) {
    write(name, content);
    list += Sha256(content) + "  " + name + "\n";
  }
  write(ListOf(verb), list);
}

// The folder that is meant: "site/" has no name of its own.
fs::path Goal(const fs::path& folder) {
  fs::path goal = fs::weakly_canonical(fs::absolute(folder));
  return goal.has_filename() ? goal : goal.parent_path();
}

}  // namespace

std::set<std::string> FilesBelow(const fs::path& folder) {
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_directory() || entry.is_symlink())
      files.insert(entry.path().lexically_relative(folder).generic_string());
  }
  return files;
}

void CheckOutputFolder(const fs::path& folder, const std::string& verb) {
  FilesOfOthers(Goal(folder), {}, verb);
}

void WriteOutputFolder(const FolderFiles& files, const fs::path& folder, const std::string& verb) {
  const fs::path goal = Goal(folder);
  const std::string suffix = "." + std::to_string(::getpid());
  const fs::path fresh = goal.string() + suffix + ".new";
  const fs::path old = goal.string() + suffix + ".old";
  std::error_code ignored;
  try {
    const std::set<std::string> others = FilesOfOthers(goal, files, verb);
    fs::create_directories(fresh);
    WriteInto(fresh, files, verb);
    for (const std::string& path : others) {
      fs::create_directories((fresh / path).parent_path());
      fs::copy(goal / path, fresh / path, fs::copy_options::copy_symlinks);
    }
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
