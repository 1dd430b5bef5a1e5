#include "tasks/scenarios/dealing.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "suite/base/error.h"

namespace plasticity {

ClassOrder ClassOrder::Declare(Params& params) {
  return {params.List("order", {-1}, Range{.min = -1},
                      "all classes in the order in which they come, by number; -1: drawn from the "
                      "seed")};
}

std::vector<std::int64_t> ClassOrder::Of(const Splits& data, const Streams& streams) const {
  const std::int64_t classes = data.classes();
  if (given == std::vector<double>{-1}) return streams.For("classes").Permutation(classes);
  std::vector<std::int64_t> order;
  for (const double label : given) order.push_back(static_cast<std::int64_t>(label));
  std::vector<std::int64_t> sorted = order, all(static_cast<std::size_t>(classes));
  std::sort(sorted.begin(), sorted.end());
  std::iota(all.begin(), all.end(), 0);
  if (sorted != all) {
    throw InputError(
        fmt::format("order = [{}] is no order of {}'s {} classes: it has each of 0 to "
                    "{} once.",
                    fmt::join(order, ", "), data.set->name, classes, classes - 1));
  }
  return order;
}

Dealt Deal(const std::vector<std::int64_t>& order, std::size_t experiences,
           const std::string& data_name) {
  if (experiences > order.size()) {
    throw InputError(fmt::format("{} experiences of {}'s {} classes: at most one a class.",
                                 experiences, data_name, order.size()));
  }
  Dealt dealt{
      .classes = std::vector<std::vector<std::int64_t>>(experiences),
      .plan = {std::vector<std::int64_t>(order.size()), std::vector<std::int64_t>(order.size())}};
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t place = i * experiences / order.size();
    const auto label = static_cast<std::size_t>(order[i]);
    dealt.plan.home[label] = static_cast<std::int64_t>(place);
    dealt.plan.local[label] = static_cast<std::int64_t>(dealt.classes[place].size());
    dealt.classes[place].push_back(order[i]);
  }
  return dealt;
}

ClassPlan SameClasses(std::int64_t classes, std::size_t experiences) {
  ClassPlan plan;
  for (std::size_t place = 0; place < experiences; ++place) {
    for (std::int64_t label = 0; label < classes; ++label) {
      plan.home.push_back(static_cast<std::int64_t>(place));
      plan.local.push_back(label);
    }
  }
  return plan;
}

Samples Shifted(const Samples& samples, std::size_t place, std::int64_t classes) {
  Samples shifted = samples;
  for (std::int64_t& label : shifted.label) label += static_cast<std::int64_t>(place) * classes;
  return shifted;
}

}  // namespace plasticity
