#include "suite/replay_memory.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "suite/base/error.h"
#include "suite/base/text.h"

namespace plasticity {

namespace {

using Selection = ReplayMemory::Selection;

constexpr Named<Selection> kSelections[] = {{"reservoir", Selection::kReservoir},
                                            {"balanced", Selection::kBalanced},
                                            {"greedy", Selection::kGreedy}};

std::string NameOf(Selection selection) {
  const auto* const found =
      std::find_if(std::begin(kSelections), std::end(kSelections),
                   [&](const Named<Selection>& row) { return row.value == selection; });
  return found->name;
}

}  // namespace

ReplayMemory ReplayMemory::Declare(Params& params, Selection selection, std::int64_t images) {
  ReplayMemory memory;
  memory.images_ =
      params.Integer("memory", images, Range{.min = 1}, "images that are remembered", "images");
  memory.bytes_ = params.Later().Integer(
      "memory_bytes", 0, kNonNegative,
      "that images, uint8, and what is kept with them may take, in place of memory; 0: by images",
      "bytes");
  memory.selection_ = selection;
  if (selection != Selection::kGiven) {
    memory.selection_ =
        params.Choice("selection", NameOf(selection), kSelections,
                      "which are: any alike, of all classes alike, or so with the first to come");
  }
  return memory;
}

std::int64_t ReplayMemory::Capacity(const Surroundings& surroundings,
                                    std::int64_t bytes_beside) const {
  if (bytes_ == 0) return images_;
  const std::int64_t each = surroundings.now->train.images->shape().bytes() + bytes_beside;
  if (bytes_ >= each) return bytes_ / each;
  throw InputError(fmt::format("memory_bytes = {} holds no image: one takes {} bytes here.", bytes_,
                               Grouped(each)));
}

std::vector<std::vector<std::int64_t>> ReplayMemory::ByLabel() const {
  std::vector<std::vector<std::int64_t>> by_label(offered_.size());
  for (std::int64_t entry = 0; entry < size(); ++entry)
    by_label[static_cast<std::size_t>(entries_[static_cast<std::size_t>(entry)].label)].push_back(
        entry);
  return by_label;
}

std::int64_t ReplayMemory::RoomByClass(std::int64_t label, Stream& draws) const {
  const auto by_label = ByLabel();
  const auto of = static_cast<std::size_t>(label);
  const auto largest =
      std::max_element(by_label.begin(), by_label.end(),
                       [](const auto& a, const auto& b) { return a.size() < b.size(); });
  if (by_label[of].size() < largest->size()) return (*largest)[draws.Below(largest->size())];
  if (selection_ == Selection::kGreedy) return -1;
  const std::uint64_t place = draws.Below(static_cast<std::uint64_t>(offered_[of]));
  return place < by_label[of].size() ? by_label[of][place] : -1;
}

std::int64_t ReplayMemory::Room(std::int64_t label, std::int64_t capacity, Stream& draws) {
  const auto of = static_cast<std::size_t>(label);
  if (offered_.size() <= of) offered_.resize(of + 1);
  ++offered_[of];
  if (selection_ == Selection::kGreedy) {
    const std::int64_t seen = std::count_if(offered_.begin(), offered_.end(),
                                            [](std::int64_t offered) { return offered > 0; });
    if (static_cast<std::int64_t>(ByLabel()[of].size()) * seen >= capacity) return -1;
  }
  if (size() < capacity) return size();
  if (selection_ != Selection::kReservoir) return RoomByClass(label, draws);
  const auto all = std::accumulate(offered_.begin(), offered_.end(), std::uint64_t{0});
  const auto place = static_cast<std::int64_t>(draws.Below(all));
  return place < capacity ? place : -1;
}

void ReplayMemory::Offer(const Batch& batch, const Surroundings& surroundings, Stream draws,
                         const NamedTensors& beside) {
  const Experience& now = *surroundings.now;
  bytes_each_ = now.train.images->shape().bytes();
  std::int64_t bytes_beside = 0;
  for (const auto& [name, rows] : beside)
    bytes_beside += rows.select(0, 0).numel() * rows.element_size();
  const std::int64_t capacity = Capacity(surroundings, bytes_beside);
  for (const auto& [name, rows] : beside) {
    if (beside_.count(name) > 0) continue;
    std::vector<std::int64_t> sizes = rows.sizes().vec();
    sizes[0] = capacity;
    beside_[name] = at::zeros(sizes, rows.options());
  }
  const at::Tensor labels = batch.labels.cpu(), ids = batch.ids.cpu();
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    const Entry entry{.experience = static_cast<std::int64_t>(now.place),
                      .index = ids.const_data_ptr<std::int64_t>()[i],
                      .label = labels.const_data_ptr<std::int64_t>()[i]};
    const std::int64_t room = Room(entry.label, capacity, draws);
    if (room < 0) continue;
    if (room == size()) entries_.push_back(entry);
    entries_[static_cast<std::size_t>(room)] = entry;
    for (const auto& [name, rows] : beside) beside_[name].select(0, room).copy_(rows.select(0, i));
  }
}

void ReplayMemory::OfferAll(const Samples& samples, const Surroundings& surroundings,
                            Stream draws) {
  if (samples.size() == 0) return;
  const at::Tensor order = at::tensor(draws.Permutation(samples.size()), at::kLong);
  Offer({.labels = at::tensor(samples.label, at::kLong).index_select(0, order),
         .ids = at::tensor(samples.index, at::kLong).index_select(0, order)},
        surroundings, draws);
}

void ReplayMemory::Put(const Samples& samples, const Surroundings& surroundings) {
  bytes_each_ = surroundings.now->train.images->shape().bytes();
  for (std::size_t i = 0; i < samples.index.size(); ++i)
    entries_.push_back({.experience = static_cast<std::int64_t>(surroundings.now->place),
                        .index = samples.index[i],
                        .label = samples.label[i]});
}

void ReplayMemory::Keep(const std::vector<std::int64_t>& entries) {
  std::vector<Entry> kept;
  for (const std::int64_t entry : entries)
    kept.push_back(entries_[static_cast<std::size_t>(entry)]);
  entries_ = std::move(kept);
}

std::vector<std::int64_t> ReplayMemory::EntriesFrom(std::size_t place) const {
  std::vector<std::int64_t> entries;
  for (std::int64_t i = 0; i < size(); ++i)
    if (entries_[static_cast<std::size_t>(i)].experience == static_cast<std::int64_t>(place))
      entries.push_back(i);
  return entries;
}

std::vector<std::int64_t> ReplayMemory::Draw(std::int64_t count, Stream draws) const {
  return draws.Some(std::min(count, size()), size());
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
    const std::vector<std::int64_t> entries = EntriesFrom(experience);
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
