#include <fmt/format.h>

#include "reports/tidy.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/text.h"
#include "suite/base/verb.h"

namespace plasticity {
namespace {

class ExportVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"folders", &folders_, "Folders with Results", Given::kAlways},
            {"--format", &format_, "csv or jsonl"},
            {"--output,-o", &output_, "Folder for metrics.csv and records.csv"}};
  }

  int Run() override {
    const std::vector<std::string> formats = {"csv", "jsonl"};
    if (format_ != "csv" && format_ != "jsonl") {
      throw InputError("no format named '" + format_ + "'." + NearestHint(format_, formats) +
                       " There are csv and jsonl.");
    }
    const ResultSet results = LoadResultSet(folders_);
    const std::pair<const char*, TidyTable> tables[] = {{"metrics", TidyMetrics(results)},
                                                        {"records", TidyRecords(results)}};
    for (const auto& [name, table] : tables) {
      const std::filesystem::path file = output_ / fmt::format("{}.{}", name, format_);
      WriteFileAtomically(file, format_ == "csv" ? ToCsv(table) : ToJsonLines(table));
      fmt::print("{}  {} rows\n", file.string(), Grouped(std::ssize(table.rows)));
    }
    return 0;
  }

 private:
  std::vector<std::filesystem::path> folders_;
  std::string format_ = "csv";
  std::filesystem::path output_ = "export";
};
const bool added = AddVerb<ExportVerb>("export", "Results as tidy tables for pandas or polars");

}  // namespace
}  // namespace plasticity
