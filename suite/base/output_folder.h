#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace plasticity {

/// The content of files by their paths below a folder.
using FolderFiles = std::map<std::string, std::string>;

/// The paths below a folder of all that is in it but folders; a link to one is listed.
std::set<std::string> FilesBelow(const std::filesystem::path& folder);

/// Throws InputError where WriteOutputFolder would, whatever the files.
void CheckOutputFolder(const std::filesystem::path& folder, const std::string& verb);

/// Makes `folder` hold these files, whole or not at all: they are written beside it, and take its
/// place at the end. What an earlier call wrote there goes, and everything else stays. Throws
/// InputError, and changes nothing, where the folder holds files but none of the verb's, where
/// one of its files was changed since, or where another file is in the way. `.plasticity-VERB` in
/// it lists the files that the verb wrote, and their digests.
void WriteOutputFolder(const FolderFiles& files, const std::filesystem::path& folder,
                       const std::string& verb);

}  // namespace plasticity
