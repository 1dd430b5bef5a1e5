#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "reports/table.h"

namespace plasticity {

/// What a writer may be told.
struct WriterOptions {
  int width = 0;        ///< columns of the terminal; 0: as wide as it needs
  bool color = false;   ///< with ANSI escapes
  std::string command;  ///< the command line that makes this text, or ""
};

/// A format: tables become text. A writer is one file in reports/writers/ and knows no layout.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual std::string Write(const std::vector<Table>& tables,
                            const WriterOptions& options) const = 0;
};

/// How help shows a writer, what a file of it ends in, and what makes it.
struct WriterEntry {
  std::string summary;
  std::string extension;  ///< ".md"
  std::unique_ptr<Writer> (*make)() = nullptr;
};

/// All writers by name.
std::map<std::string, WriterEntry>& Writers();

/// Registers a writer.
template <typename Class>
bool AddWriter(const std::string& name, const std::string& extension, const std::string& summary) {
  return Writers()
      .insert({name,
               {summary, extension,
                []() -> std::unique_ptr<Writer> { return std::make_unique<Class>(); }}})
      .second;
}

/// The writer of that name. Throws InputError for another.
std::unique_ptr<Writer> WriterNamed(const std::string& name);

/// The name of the writer whose files end as `file` does. Throws InputError where there is none.
std::string WriterNameFor(const std::string& file);

}  // namespace plasticity
