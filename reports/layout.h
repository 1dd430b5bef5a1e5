#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "reports/result_set.h"
#include "reports/table.h"

namespace plasticity {

/// What a user may ask of any layout.
struct LayoutOptions {
  std::string metric;   ///< to show or rank by; empty: the layout's own, or each task's headline
  double level = 0.95;  ///< of the confidence intervals
  /// Label of the row that others are compared with; empty: the best floor row.
  std::string reference;
  /// Whether numbers that others report stand under boards that they fit.
  bool published = false;
  /// Whether a leaderboard's rows say how much speaks for them.
  bool evidence = false;
};

/// A way of looking at Results: which boards become tables, and what stands in rows and columns. A
/// layout is one file in reports/layouts/ and knows no format.
class Layout {
 public:
  virtual ~Layout() = default;
  /// The tables; none where the Results have nothing that it shows.
  virtual std::vector<Table> Tables(const ResultSet& results,
                                    const LayoutOptions& options) const = 0;
};

/// How help shows a layout, and what makes it.
struct LayoutEntry {
  std::string summary;
  std::unique_ptr<Layout> (*make)() = nullptr;
};

/// All layouts by name.
std::map<std::string, LayoutEntry>& Layouts();

/// Registers a layout.
template <typename Class>
bool AddLayout(const std::string& name, const std::string& summary) {
  return Layouts()
      .insert(
          {name, {summary, []() -> std::unique_ptr<Layout> { return std::make_unique<Class>(); }}})
      .second;
}

/// The tables of the layout of that name, which there is; none where the Results have nothing that
/// it shows.
std::vector<Table> TablesIfAny(const std::string& layout, const ResultSet& results,
                               const LayoutOptions& options = {});

/// The tables of the layout of that name. Throws InputError for an unknown name or metric, and
/// where the Results have nothing that it shows.
std::vector<Table> TablesOf(const std::string& layout, const ResultSet& results,
                            const LayoutOptions& options = {});

}  // namespace plasticity
