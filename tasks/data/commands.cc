#include "tasks/data/commands.h"

#include <fmt/format.h>

#include "suite/base/error.h"
#include "suite/base/file_lock.h"
#include "suite/base/files.h"
#include "suite/base/text.h"
#include "tasks/data/cache.h"
#include "tasks/data/catalog.h"
#include "tasks/data/readers.h"
#include "tasks/data/sources.h"

namespace plasticity {
namespace {

std::string Numbers(const std::vector<float>& values) {
  std::vector<std::string> texts;
  for (const float value : values) texts.push_back(fmt::format("{:.6f}", value));
  return Join(texts, " ");
}

std::string SizesOf(std::int64_t train, std::int64_t test, std::int64_t unlabelled,
                    const ImageShape& shape) {
  return fmt::format("{} train, {} test, {}{} x {} x {}", Grouped(train), Grouped(test),
                     unlabelled > 0 ? Grouped(unlabelled) + " without labels, " : "",
                     shape.channels, shape.height, shape.width);
}

std::string SizesOf(const CacheLookup& lookup) {
  return SizesOf(lookup.train, lookup.test, lookup.unlabelled, lookup.dataset->shape);
}

std::int64_t UnlabelledOf(const Dataset& set) {
  return set.unlabelled ? set.unlabelled->count() : 0;
}

// What `list` says of a set that is here.
std::string StateOf(const std::string& name, const FoundSource& found) {
  const bool is_files = found.kind == FoundSource::Kind::kFiles;
  const CacheLookup lookup = OpenCache(is_files ? DecodedFile(name, found.path) : found.path);
  if (is_files && (!lookup.dataset || lookup.stamp != SourceStamp(found.path))) {
    return "found, decoded at first use: " + found.path.string();
  }
  if (!lookup.dataset) return "damaged (" + lookup.problem + "): " + found.path.string();
  const std::string& source = lookup.dataset->source;
  std::string how = found.kind == FoundSource::Kind::kImported ? "imported from " : "";
  if (!lookup.content.pixels) {
    how = "imported in place from ";
    if (lookup.stamp != SourceStamp(source)) return how + "what is gone or has changed: " + source;
  }
  return fmt::format("ready, {}, {}: {}{}", SizesOf(lookup), lookup.dataset->origin, how, source);
}

}  // namespace

void ListData(std::ostream& out) {
  for (const std::string& name : AllDatasetNames()) {
    const KnownSet* known = FindKnownSet(name);
    const std::optional<FoundSource> found = FindSource(name);
    out << fmt::format("{:18} {}\n", name,
                       found ? StateOf(name, *found) : "absent. " + known->how_to_get);
    if (known != nullptr) out << fmt::format("{:18}   {}\n", "", known->summary);
  }
}

void InfoData(const std::string& name, const std::filesystem::path& source, std::ostream& out) {
  const std::shared_ptr<const Dataset> set = OpenDataset(name, source);
  out << fmt::format("name         {}\n", set->name);
  out << fmt::format("images       {}\n", SizesOf(set->train->count(), set->test->count(),
                                                  UnlabelledOf(*set), set->shape));
  out << fmt::format("classes      {}: {}\n", set->class_names.size(),
                     Join(set->class_names, ", "));
  if (!set->folds.empty()) {
    out << fmt::format("folds        {0}:fold0 to {0}:fold{1}, {2} train images in the first\n",
                       set->name, set->folds.size() - 1,
                       Grouped(static_cast<std::int64_t>(set->folds.front().size())));
  }
  out << fmt::format("origin       {}\n", set->origin);
  out << fmt::format("fingerprint  {}\n", set->fingerprint);
  out << fmt::format("source       {}\n", set->source);
  out << fmt::format("cache        {}\n", set->cache_file.string());
  out << fmt::format("mean         {}\n", Numbers(set->mean));
  out << fmt::format("stddev       {}\n", Numbers(set->stddev));
  out << fmt::format("decoding     version {}\n", set->version);
}

void ImportData(const std::string& name, const std::filesystem::path& path,
                const ImportOptions& options, std::ostream& out) {
  CheckDatasetName(name);
  if (path.empty()) throw InputError("import needs the path of a folder or an archive.");
  const std::filesystem::path file = ImportedFile(name);
  try {
    const std::filesystem::path source = FindSource(name, path)->path;
    const FileLock lock(file.string() + ".lock", kCacheHint);
    const std::string stamp = SourceStamp(source);
    ReadOptions reading{.size = options.size};
    if (options.in_place) reading.memory = 0;
    const RawDataset raw = ReadSource(name, source, reading);
    if (options.in_place && !raw.is_streamable)
      throw InputError(source.string() + " holds no image files, so it has to be imported whole.");
    WriteCache(file, name, raw, source.string(), stamp,
               {.pixels = !options.in_place, .size = options.size});
  } catch (const InputError& error) {
    const std::string why = error.what();
    throw InputError(why + (why.ends_with('.') ? "" : ".") + " Nothing was imported.");
  }
  const CacheLookup lookup = OpenCache(file);
  if (!lookup.dataset) throw RunError("cannot open " + file.string() + ": " + lookup.problem + ".");
  out << fmt::format("imported {}{}: {}, {} classes, {}, fingerprint {}\n", name,
                     options.in_place ? " in place" : "", SizesOf(lookup),
                     lookup.dataset->class_names.size(), lookup.dataset->origin,
                     lookup.dataset->fingerprint);
  const std::optional<FoundSource> used = FindSource(name);
  if (used->kind == FoundSource::Kind::kFiles) {
    out << fmt::format(
        "note: {} comes first and is what {} means now; unset PLASTICITY_DATA or remove "
        "it to use the import.\n",
        used->path.string(), name);
  }
}

bool VerifyData(const std::string& name, std::ostream& out) {
  const std::shared_ptr<const Dataset> set = OpenDataset(name);
  const std::string found = Fingerprint(*set);
  if (found == set->fingerprint) {
    out << fmt::format("{}: {} images match the fingerprint {} ({})\n", name,
                       Grouped(set->train->count() + set->test->count() + UnlabelledOf(*set)),
                       found, set->origin);
    const std::int64_t shared = TestImagesInTrain(*set);
    out << fmt::format(
        "{}: {} of {} test images {} in the training split, too, to the last pixel\n", name,
        shared == 0 ? "none" : Grouped(shared), Grouped(set->test->count()),
        shared == 1 ? "is" : "are");
    return true;
  }
  out << fmt::format(
      "{}: damaged. The decoded bytes have the fingerprint {} instead of {}. Remove {} "
      "and get it again from {}.\n",
      name, found, set->fingerprint, set->cache_file.string(), set->source);
  return false;
}

}  // namespace plasticity
