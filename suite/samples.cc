#include "suite/samples.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "suite/base/error.h"

namespace plasticity {
namespace {

// Two sources as one: first a's images, then b's.
class Joined final : public ImageSource {
 public:
  Joined(std::shared_ptr<const ImageSource> a, std::shared_ptr<const ImageSource> b)
      : ImageSource(a->shape(), a->count() + b->count()), a_(std::move(a)), b_(std::move(b)) {}

  std::int64_t Label(std::int64_t index) const override {
    return index < a_->count() ? a_->Label(index) : b_->Label(index - a_->count());
  }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    index < a_->count() ? a_->Decode(index, pixels) : b_->Decode(index - a_->count(), pixels);
  }
  void Expect(const std::vector<std::int64_t>& indices) const override {
    std::vector<std::int64_t> of_a, of_b;
    for (const std::int64_t index : indices) {
      index < a_->count() ? of_a.push_back(index) : of_b.push_back(index - a_->count());
    }
    // Where the same threads decode both ahead, they do what is expected last: let that be more.
    if (of_a.size() < of_b.size()) a_->Expect(of_a);
    b_->Expect(of_b);
    if (of_a.size() >= of_b.size()) a_->Expect(of_a);
  }

 private:
  std::shared_ptr<const ImageSource> a_, b_;
};

class ChangedSource final : public ImageSource {
 public:
  ChangedSource(std::shared_ptr<const ImageSource> images,
                std::shared_ptr<const ImageChange> change)
      : ImageSource(images->shape(), images->count()),
        images_(std::move(images)),
        change_(std::move(change)) {}

  std::int64_t Label(std::int64_t index) const override { return images_->Label(index); }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    images_->Decode(index, pixels);
    change_->Apply(shape(), index, pixels);
  }
  void Expect(const std::vector<std::int64_t>& indices) const override { images_->Expect(indices); }

 private:
  std::shared_ptr<const ImageSource> images_;
  std::shared_ptr<const ImageChange> change_;
};

// The candidates of each sample, [size, classes]; `classes` where they are not restricted.
at::Tensor EachCandidates(const Samples& samples, std::int64_t classes) {
  if (!samples.candidates.defined()) return at::ones({samples.size(), classes}, at::kBool);
  return samples.candidates.dim() == 2 ? samples.candidates
                                       : samples.candidates.expand({samples.size(), classes});
}

at::Tensor JoinedCandidates(const Samples& a, const Samples& b) {
  if (!a.candidates.defined() && !b.candidates.defined()) return {};
  const bool both = a.candidates.defined() && b.candidates.defined();
  if (both && a.candidates.dim() == 1 && b.candidates.dim() == 1 &&
      at::equal(a.candidates, b.candidates)) {
    return a.candidates;
  }
  const std::int64_t classes = (a.candidates.defined() ? a : b).candidates.size(-1);
  return at::cat({EachCandidates(a, classes), EachCandidates(b, classes)});
}

}  // namespace

Samples Chosen(const Samples& samples, const std::vector<std::int64_t>& places) {
  Samples chosen{.images = samples.images, .candidates = samples.candidates};
  chosen.index.reserve(places.size());
  chosen.label.reserve(places.size());
  for (const std::int64_t place : places) {
    chosen.index.push_back(samples.index[static_cast<std::size_t>(place)]);
    chosen.label.push_back(samples.label[static_cast<std::size_t>(place)]);
  }
  if (samples.candidates.defined() && samples.candidates.dim() == 2)
    chosen.candidates = samples.candidates.index_select(0, at::tensor(places, at::kLong));
  return chosen;
}

Samples AllOf(std::shared_ptr<const ImageSource> images) {
  Samples all{.images = std::move(images)};
  all.index.resize(static_cast<std::size_t>(all.images->count()));
  std::iota(all.index.begin(), all.index.end(), 0);
  all.label.reserve(all.index.size());
  for (const std::int64_t index : all.index) all.label.push_back(all.images->Label(index));
  return all;
}

void NeedLabels(const Samples& samples, const std::string& who) {
  const auto missing = std::find_if(samples.label.begin(), samples.label.end(),
                                    [](std::int64_t label) { return label < 0; });
  if (missing == samples.label.end()) return;
  throw RunError(
      fmt::format("image {} has no label, and {} needs one.",
                  samples.index[static_cast<std::size_t>(missing - samples.label.begin())], who));
}

Samples Slice(const Samples& samples, std::int64_t from, std::int64_t to) {
  std::vector<std::int64_t> places(static_cast<std::size_t>(std::max<std::int64_t>(0, to - from)));
  std::iota(places.begin(), places.end(), from);
  return Chosen(samples, places);
}

Samples First(const Samples& samples, std::int64_t count) {
  return Slice(samples, 0, std::min(count, samples.size()));
}

Samples OfClasses(const Samples& samples, const std::vector<std::int64_t>& classes) {
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < samples.size(); ++i) {
    const std::int64_t label = samples.label[static_cast<std::size_t>(i)];
    if (std::find(classes.begin(), classes.end(), label) != classes.end()) places.push_back(i);
  }
  return Chosen(samples, places);
}

Samples Balanced(const Samples& samples, std::int64_t count, Stream stream) {
  // Dealt class by class in rounds, each class in an order of its own.
  std::map<std::int64_t, std::vector<std::int64_t>> by_class;
  for (const std::int64_t i : stream.Permutation(samples.size()))
    by_class[samples.label[static_cast<std::size_t>(i)]].push_back(i);
  std::vector<std::int64_t> places;
  for (std::size_t round = 0; static_cast<std::int64_t>(places.size()) < samples.size(); ++round) {
    for (const auto& [label, members] : by_class) {
      if (round < members.size()) places.push_back(members[round]);
    }
  }
  places.resize(static_cast<std::size_t>(std::min(count, samples.size())));
  return Chosen(samples, places);
}

Samples Relabelled(const Samples& samples, const std::vector<std::int64_t>& labels) {
  Samples relabelled = samples;
  for (std::int64_t& label : relabelled.label) label = labels[static_cast<std::size_t>(label)];
  return relabelled;
}

Samples Join(const Samples& a, const Samples& b) {
  if (a.size() == 0) return b;
  if (b.size() == 0) return a;
  if (!(a.images->shape() == b.images->shape())) {
    throw InputError(fmt::format("images of {} x {} and of {} x {} pixels cannot be joined.",
                                 a.images->shape().height, a.images->shape().width,
                                 b.images->shape().height, b.images->shape().width));
  }
  Samples joined = a;
  std::int64_t offset = 0;
  if (a.images != b.images) {
    joined.images = std::make_shared<Joined>(a.images, b.images);
    offset = a.images->count();
  }
  for (const std::int64_t index : b.index) joined.index.push_back(index + offset);
  joined.label.insert(joined.label.end(), b.label.begin(), b.label.end());
  joined.candidates = JoinedCandidates(a, b);
  return joined;
}

Samples Changed(const Samples& samples, std::shared_ptr<const ImageChange> change) {
  Samples changed = samples;
  changed.images = std::make_shared<ChangedSource>(samples.images, std::move(change));
  return changed;
}

}  // namespace plasticity
