#include "suite/experience.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace plasticity {
namespace {

at::Tensor Seen(const Experiences& stream) {
  std::vector<at::Tensor> seen;
  for (const Experience& now : stream.all) {
    seen.push_back(seen.empty() ? at::zeros({stream.classes}, at::kBool) : seen.back().clone());
    seen.back().index_fill_(0, at::tensor(now.train.label, at::kLong), true);
  }
  return at::stack(seen);
}

}  // namespace

at::Tensor Experiences::Candidates(const at::Tensor& labels, std::size_t now) const {
  if (setting == Increment::kDomain) return {};
  if (setting == Increment::kClass) return seen[static_cast<std::int64_t>(now)].to(labels.device());
  const at::Tensor homes = at::tensor(home, at::kLong).to(labels.device());
  return homes.index_select(0, labels).unsqueeze(1).eq(homes.unsqueeze(0));
}

Samples Experiences::TrainOfFirst(std::size_t count) const {
  Samples joined;
  for (std::size_t place = 0; place < count; ++place) joined = Join(joined, all[place].train);
  if (setting == Increment::kClass) joined.candidates = seen[static_cast<std::int64_t>(count) - 1];
  return joined;
}

Samples Experiences::Asked(std::size_t on, std::int64_t after) const {
  Samples asked = all[on].test.size() > 0 ? all[on].test : all[on].validation;
  const at::Tensor labels = at::tensor(asked.label, at::kLong);
  if (setting == Increment::kTask) asked.candidates = Candidates(labels, on);
  if (setting != Increment::kClass) return asked;
  asked.candidates = after < 0 ? at::zeros({classes}, at::kBool) : seen[after].clone();
  asked.candidates.index_fill_(0, labels, true);
  return asked;
}

Experiences Arrange(std::vector<Experience> parts, const ClassPlan& plan, Increment setting) {
  Experiences stream{.all = std::move(parts), .setting = setting};
  const bool domain = setting == Increment::kDomain;
  if (!domain) stream.home = plan.home;
  stream.classes = domain ? *std::max_element(plan.local.begin(), plan.local.end()) + 1
                          : static_cast<std::int64_t>(plan.home.size());
  for (std::size_t place = 0; place < stream.size(); ++place) {
    Experience& experience = stream.all[place];
    experience.place = place;
    experience.name = std::to_string(place + 1);
    for (Samples* samples : {&experience.train, &experience.validation, &experience.test})
      if (domain) *samples = Relabelled(*samples, plan.local);
  }
  stream.seen = Seen(stream);
  for (Experience& experience : stream.all) {
    for (Samples* samples : {&experience.train, &experience.validation})
      samples->candidates =
          stream.Candidates(at::tensor(samples->label, at::kLong), experience.place);
  }
  return stream;
}

}  // namespace plasticity
