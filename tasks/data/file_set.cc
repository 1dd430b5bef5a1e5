#include "tasks/data/file_set.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <stdexcept>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/text.h"
#include "tasks/data/catalog.h"
#include "tasks/data/gzip.h"

namespace plasticity {
namespace {

constexpr int kMaxDepth = 6;  // set/train/<class>/images/<file> and one more
constexpr std::size_t kBlock = 1 << 18;

// An archive that is open for reading. A gzip file is unpacked by GzipReader.
class ArchiveReader {
 public:
  explicit ArchiveReader(const std::filesystem::path& path)
      : reader_(archive_read_new(), &archive_read_free), block_(kBlock) {
    archive* reader = reader_.get();
    archive_read_support_filter_all(reader);
    // All but mtree, warc and raw, which take many a text for an archive.
    for (const auto support :
         {archive_read_support_format_tar, archive_read_support_format_zip,
          archive_read_support_format_7zip, archive_read_support_format_cpio,
          archive_read_support_format_rar, archive_read_support_format_rar5,
          archive_read_support_format_cab, archive_read_support_format_xar,
          archive_read_support_format_iso9660, archive_read_support_format_lha}) {
      support(reader);
    }
    std::string start(2, '\0');
    std::ifstream(path, std::ios::binary).read(start.data(), 2);
    int status = ARCHIVE_OK;
    if (IsGzip(start)) {
      gzip_ = std::make_unique<GzipReader>(path);
      status = archive_read_open(reader, this, nullptr, &ReadGzip, nullptr);
    } else {
      status = archive_read_open_filename(reader, path.c_str(), kBlock);
    }
    if (status != ARCHIVE_OK) throw std::runtime_error(Reason());
  }

  // The next entry; nullptr at the end, which is the file's end too.
  archive_entry* Next() {
    while (true) {
      archive_entry* entry = nullptr;
      const int status = archive_read_next_header(reader_.get(), &entry);
      if (status == ARCHIVE_RETRY) continue;
      if (status < ARCHIVE_WARN) throw std::runtime_error(Reason());
      if (status != ARCHIVE_EOF) return entry;
      while (gzip_ && gzip_->Read(block_.data(), block_.size()) > 0) {
      }
      return nullptr;
    }
  }

  // The data of the entry that Next gave.
  std::string Content(archive_entry* entry) {
    std::string content;
    const std::int64_t expected = archive_entry_size(entry);
    content.reserve(
        static_cast<std::size_t>(std::clamp<std::int64_t>(expected, 0, std::int64_t{1} << 32)));
    std::vector<char> block(kBlock);
    while (true) {
      const la_ssize_t got = archive_read_data(reader_.get(), block.data(), block.size());
      if (got == 0) return content;
      if (got == ARCHIVE_RETRY) continue;
      if (got < 0) throw std::runtime_error(Reason());  // a warning here is a wrong CRC
      content.append(block.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  static la_ssize_t ReadGzip(archive* reader, void* user, const void** data) {
    auto* self = static_cast<ArchiveReader*>(user);
    *data = self->block_.data();
    try {
      return static_cast<la_ssize_t>(self->gzip_->Read(self->block_.data(), self->block_.size()));
    } catch (const std::runtime_error& error) {
      archive_set_error(reader, EIO, "%s", error.what());
      return -1;
    }
  }

  std::string Reason() const {
    const char* text = archive_error_string(reader_.get());
    return text == nullptr ? "no reason given" : text;
  }

  std::unique_ptr<archive, decltype(&archive_read_free)> reader_;
  std::unique_ptr<GzipReader> gzip_;
  std::vector<char> block_;  // what libarchive reads from
};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool IsWanted(const std::string& path) {
  const std::string name = Lower(BaseName(path));
  if (name.empty() || name[0] == '.') return false;
  return IsImageName(name) || name.ends_with(".bin") || name.ends_with(".txt") ||
         name.find("idx") != std::string::npos;
}

// What to tell about an archive that libarchive gave up on.
InputError Unreadable(const std::filesystem::path& path, const std::string& reason) {
  std::error_code ignored;
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path, ignored));
  for (const KnownSet& set : KnownSets()) {
    if (set.archive.empty() || path.filename() != set.archive) continue;
    const std::string again = "Fetch it again: plasticity data fetch " + set.name + ".";
    if (size < set.archive_bytes) {
      return InputError(fmt::format("{} ends after {} of {} bytes. {}", path.filename().string(),
                                    Grouped(size), Grouped(set.archive_bytes), again));
    }
    return InputError(fmt::format("{} is damaged ({}). {}", path.string(), reason, again));
  }
  if (reason.find("Unrecognized") != std::string::npos) {
    return InputError(path.string() +
                      " is neither a folder nor an archive of a kind that we read (tar, zip, 7z "
                      "and others, compressed or not).");
  }
  return InputError(
      fmt::format("{} is cut short or damaged: it has {} bytes ({}). Copy or download it again.",
                  path.string(), Grouped(size), reason));
}

std::string EntryPath(archive_entry* entry) {
  const char* path = archive_entry_pathname_utf8(entry);
  if (path == nullptr) path = archive_entry_pathname(entry);
  std::string clean = path == nullptr ? "" : path;
  while (clean.starts_with("./")) clean.erase(0, 2);
  return clean;
}

}  // namespace

std::string FolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string BaseName(const std::string& path) { return path.substr(FolderOf(path).size()); }

bool IsImageName(std::string_view path) {
  const std::string name = Lower(path.substr(path.size() - std::min<std::size_t>(path.size(), 5)));
  return name.ends_with(".jpg") || name.ends_with(".jpeg") || name.ends_with(".png");
}

std::shared_ptr<const FileSet> FileSet::Open(const std::filesystem::path& path) {
  auto set = std::make_shared<FileSet>();
  set->root_ = path;
  std::error_code failed;
  set->is_folder_ = std::filesystem::is_directory(path, failed);
  try {
    set->is_folder_ ? set->ListFolder() : set->ReadArchive();
  } catch (const std::filesystem::filesystem_error& error) {
    throw InputError(
        fmt::format("cannot read {}: {}.", error.path1().string(), error.code().message()));
  }
  for (const auto& [name, content] : set->files_) set->paths_.push_back(name);
  return set;
}

void FileSet::ListFolder() {
  using Walk = std::filesystem::recursive_directory_iterator;
  const auto options = std::filesystem::directory_options::follow_directory_symlink;
  for (auto entry = Walk(root_, options); entry != Walk(); ++entry) {
    if (entry.depth() >= kMaxDepth) entry.disable_recursion_pending();
    if (!entry->is_regular_file()) continue;
    const std::string path = entry->path().lexically_relative(root_).generic_string();
    if (IsWanted(path)) {
      files_.emplace(path, nullptr);
    } else {
      unwanted_.insert(BaseName(path));
    }
  }
}

void FileSet::ReadArchive() {
  std::error_code failed;
  if (!std::filesystem::exists(root_, failed)) {
    throw InputError("cannot read " + root_.string() + ": no such file or folder.");
  }
  try {
    ArchiveReader reader(root_);
    while (archive_entry* entry = reader.Next()) {
      if (archive_entry_filetype(entry) != AE_IFREG) continue;
      const std::string path = EntryPath(entry);
      if (IsWanted(path)) {
        files_[path] = std::make_shared<const std::string>(reader.Content(entry));
      } else {
        unwanted_.insert(BaseName(path));
      }
    }
  } catch (const std::runtime_error& error) {
    throw Unreadable(root_, error.what());
  }
}

std::string FileSet::Find(std::string_view name) const {
  std::string best;
  for (const std::string& path : paths_) {
    if (BaseName(path) != name) continue;
    const auto depth = [](const std::string& p) { return std::count(p.begin(), p.end(), '/'); };
    if (best.empty() || depth(path) < depth(best)) best = path;
  }
  return best;
}

std::shared_ptr<const std::string> FileSet::Read(const std::string& path) const {
  const auto found = files_.find(path);
  if (found == files_.end()) throw InputError(Label(path) + " is missing.");
  if (found->second) return found->second;
  return std::make_shared<const std::string>(ReadFile(root_ / path));
}

std::string FileSet::Label(const std::string& path) const {
  return is_folder_ ? (root_ / path).string() : root_.filename().string() + ": " + path;
}

}  // namespace plasticity
