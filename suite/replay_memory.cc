#include "suite/replay_memory.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

namespace plasticity {

ReplayMemory ReplayMemory::Declare(Params& params, std::int64_t images) {
  static constexpr Named<bool> kSelections[] = {{"reservoir", false}, {"balanced", true}};
  ReplayMemory memory;
  memory.capacity_ =
      params.Integer("memory", images, Range{.min = 1}, "images that are remembered", "images");
  memory.balanced_ = params.Choice("selection", "reservoir", kSelections,
                                   "which are: any alike, or of all classes alike");
  return memory;
}

std::int64_t ReplayMemory::Room(std::int64_t label, Stream& draws) {
  const auto of = static_cast<std::size_t>(label);
  if (offered_.size() <= of) offered_.resize(of + 1);
  ++offered_[of];
  if (size() < capacity_) return size();
  if (!balanced_) {
    const auto all = std::accumulate(offered_.begin(), offered_.end(), std::uint64_t{0});
    const auto place = static_cast<std::int64_t>(draws.Below(all));
    return place < capacity_ ? place : -1;
  }
  std::vector<std::vector<std::int64_t>> by_label(offered_.size());
  for (std::int64_t entry = 0; entry < size(); ++entry)
    by_label[static_cast<std::size_t>(entries_[static_cast<std::size_t>(entry)].label)].push_back(
        entry);
  const auto largest =
      std::max_element(by_label.begin(), by_label.end(),
                       [](const auto& a, const auto& b) { return a.size() < b.size(); });
  if (by_label[of].size() < largest->size()) return (*largest)[draws.Below(largest->size())];
  const std::uint64_t place = draws.Below(static_cast<std::uint64_t>(offered_[of]));
  return place < by_label[of].size() ? by_label[of][place] : -1;
}

void ReplayMemory::Offer(const Batch& batch, const Surroundings& surroundings, Stream draws,
                         const NamedTensors& beside) {
  const Experience& now = *surroundings.now;
  bytes_each_ = now.train.images->shape().bytes();
  for (const auto& [name, rows] : beside) {
    if (beside_.count(name) > 0) continue;
    std::vector<std::int64_t> sizes = rows.sizes().vec();
    sizes[0] = capacity_;
    beside_[name] = at::zeros(sizes, rows.options());
  }
  const at::Tensor labels = batch.labels.cpu(), ids = batch.ids.cpu();
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    const Entry entry{.experience = static_cast<std::int64_t>(now.place),
                      .index = ids.const_data_ptr<std::int64_t>()[i],
                      .label = labels.const_data_ptr<std::int64_t>()[i]};
    const std::int64_t room = Room(entry.label, draws);
    if (room < 0) continue;
    if (room == size()) entries_.push_back(entry);
    entries_[static_cast<std::size_t>(room)] = entry;
    for (const auto& [name, rows] : beside) beside_[name].select(0, room).copy_(rows.select(0, i));
  }
}

std::vector<std::int64_t> ReplayMemory::Draw(std::int64_t count, Stream draws) const {
  std::vector<std::int64_t> entries = draws.Permutation(size());
  entries.resize(static_cast<std::size_t>(std::min(count, size())));
  return entries;
}

Samples ReplayMemory::SamplesOf(const std::vector<std::int64_t>& entries, std::size_t experience,
                                const Surroundings& surroundings) const {
  Samples samples{.images = (*surroundings.experiences)[experience].train.images};
  for (const std::int64_t i : entries) {
    const Entry& entry = entries_[static_cast<std::size_t>(i)];
    samples.index.push_back(entry.index);
    samples.label.push_back(entry.label);
  }
  samples.candidates = surroundings.experiences->Candidates(at::tensor(samples.label, at::kLong),
                                                            surroundings.now->place);
  return samples;
}

// Images are loaded source by source, and then put in the entries' order.
Batch ReplayMemory::Load(const std::vector<std::int64_t>& entries,
                         const Surroundings& surroundings) const {
  std::vector<std::pair<const ImageSource*, std::vector<std::int64_t>>> sources;  // rows of entries
  std::vector<std::size_t> experience_of;
  for (std::size_t row = 0; row < entries.size(); ++row) {
    const auto experience =
        static_cast<std::size_t>(entries_[static_cast<std::size_t>(entries[row])].experience);
    const ImageSource* source = (*surroundings.experiences)[experience].train.images.get();
    auto found = std::find_if(sources.begin(), sources.end(),
                              [&](const auto& known) { return known.first == source; });
    if (found == sources.end()) {
      sources.push_back({source, {}});
      experience_of.push_back(experience);
      found = sources.end() - 1;
    }
    found->second.push_back(static_cast<std::int64_t>(row));
  }
  Batch loaded;
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    std::vector<std::int64_t> of_source;
    for (const std::int64_t row : sources[i].second)
      of_source.push_back(entries[static_cast<std::size_t>(row)]);
    rows.insert(rows.end(), sources[i].second.begin(), sources[i].second.end());
    const Batch part = surroundings.load(SamplesOf(of_source, experience_of[i], surroundings));
    loaded = i == 0 ? part : Join(loaded, part);
  }
  if (sources.size() < 2) return loaded;
  const at::Tensor order = at::tensor(rows, at::kLong).argsort().to(loaded.images.device());
  loaded.images = loaded.images.index_select(0, order);
  loaded.labels = loaded.labels.index_select(0, order);
  loaded.ids = loaded.ids.index_select(0, order);
  if (loaded.candidates.defined() && loaded.candidates.dim() == 2)
    loaded.candidates = loaded.candidates.index_select(0, order);
  return loaded;
}

at::Tensor ReplayMemory::Beside(const std::string& name,
                                const std::vector<std::int64_t>& entries) const {
  const at::Tensor& kept = beside_.at(name);
  return kept.index_select(0, at::tensor(entries, at::kLong).to(kept.device()));
}

Samples ReplayMemory::AsSamples(const Surroundings& surroundings) const {
  Samples all;
  for (std::size_t experience = 0; experience < surroundings.experiences->size(); ++experience) {
    std::vector<std::int64_t> entries;
    for (std::int64_t i = 0; i < size(); ++i)
      if (entries_[static_cast<std::size_t>(i)].experience == static_cast<std::int64_t>(experience))
        entries.push_back(i);
    if (!entries.empty()) all = Join(all, SamplesOf(entries, experience, surroundings));
  }
  return all;
}

std::vector<std::int64_t> ReplayMemory::labels() const {
  std::vector<std::int64_t> labels;
  for (const Entry& entry : entries_) labels.push_back(entry.label);
  return labels;
}

void ReplayMemory::Visit(StateVisitor& visitor) {
  nlohmann::json entries = nlohmann::json::array();
  for (const Entry& entry : entries_)
    entries.push_back({entry.experience, entry.index, entry.label});
  visitor.Json("entries", entries);
  entries_.clear();
  for (const nlohmann::json& entry : entries) entries_.push_back({entry[0], entry[1], entry[2]});
  visitor.Value("offered", offered_);
  visitor.Value("bytes_each", bytes_each_);
  VisitTensors(visitor, "beside", beside_);
}

}  // namespace plasticity
