// HTML tables without scripts or styles, for a page to hold.
#include "reports/html.h"

#include "reports/writer.h"

namespace plasticity {
namespace {

class Html final : public Writer {
 public:
  std::string Write(const std::vector<Table>& tables, const WriterOptions&) const override {
    std::string text;
    for (const Table& table : tables) text += HtmlSection(table);
    return text;
  }
};
const bool added = AddWriter<Html>("html", ".html", "tables for a page to hold");

}  // namespace
}  // namespace plasticity
