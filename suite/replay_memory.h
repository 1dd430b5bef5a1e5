#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "suite/batch.h"
#include "suite/params.h"
#include "suite/state.h"
#include "suite/strategy.h"
#include "suite/streams.h"

namespace plasticity {

/// What a replay remembers of a stream: which images they were and their labels, never the pixels,
/// which are read again where they lie. What else a method needs of each image (logits, say) is
/// kept beside. Chosen as they come, once each, so that no boundary need be known; or put there by
/// a method that knows which it wants.
class ReplayMemory {
 public:
  /// How it is chosen what stays of all that is offered.
  enum class Selection {
    kReservoir,  ///< every image offered so far is as likely there (Vitter 1985)
    kBalanced,   ///< a full memory's largest class makes room, and within a class the reservoir
                 ///< decides (Chrysakis & Moens 2020)
    kGreedy,     ///< what came first stays while its class has no more than its share (Prabhu et
                 ///< al. 2020)
    kGiven       ///< nothing is offered: images are put there
  };
  /// Declares "memory", how many images, "memory_bytes" in its place, and "selection" where images
  /// are offered. Each argument is a default.
  static ReplayMemory Declare(Params& params, Selection selection = Selection::kReservoir,
                              std::int64_t images = 500);

  /// Offers images of the experience in work, and rows [n, ...] that are kept beside, by name; the
  /// same names every time. Throws InputError where the budget holds no image.
  void Offer(const Batch& batch, const Surroundings& surroundings, Stream draws,
             const NamedTensors& beside = {});
  /// Offers all of these images of the experience in work, in random order.
  void OfferAll(const Samples& samples, const Surroundings& surroundings, Stream draws);
  /// Remembers these images of the experience in work behind those that are there.
  void Put(const Samples& samples, const Surroundings& surroundings);
  /// Forgets all but these entries, which stand in this order from then on.
  void Keep(const std::vector<std::int64_t>& entries);

  /// How many images are remembered.
  std::int64_t size() const { return static_cast<std::int64_t>(entries_.size()); }
  /// How many may be, where `bytes_beside` are kept with each. Throws InputError where none may.
  std::int64_t Capacity(const Surroundings& surroundings, std::int64_t bytes_beside = 0) const;
  /// The entries from the experience at `place`.
  std::vector<std::int64_t> EntriesFrom(std::size_t place) const;
  /// `count` different entries, or all where there are fewer.
  std::vector<std::int64_t> Draw(std::int64_t count, Stream draws) const;
  /// The images of these entries, with their labels, among the candidates of now.
  Batch Load(const std::vector<std::int64_t>& entries, const Surroundings& surroundings) const;
  /// What was kept beside these entries: [entries, ...].
  at::Tensor Beside(const std::string& name, const std::vector<std::int64_t>& entries) const;
  /// All that is remembered, for a readout or a learner to learn from.
  Samples AsSamples(const Surroundings& surroundings) const;
  /// Labels of all entries.
  std::vector<std::int64_t> labels() const;
  /// Bytes of the images of all entries, uint8.
  std::int64_t image_bytes() const { return size() * bytes_each_; }

  /// Entries, what is beside them, and how many were offered.
  void Visit(StateVisitor& visitor);

 private:
  struct Entry {
    std::int64_t experience;  // its place in the stream
    std::int64_t index;       // of the image, in that experience's source
    std::int64_t label;
  };
  // Where an offered image goes: an entry, size() for a new one, or -1.
  std::int64_t Room(std::int64_t label, std::int64_t capacity, Stream& draws);
  std::int64_t RoomByClass(std::int64_t label, Stream& draws) const;
  std::vector<std::vector<std::int64_t>> ByLabel() const;
  Samples SamplesOf(const std::vector<std::int64_t>& entries, std::size_t experience,
                    const Surroundings& surroundings) const;

  std::int64_t images_ = 0;
  std::int64_t bytes_ = 0;  // 0: the budget is images_
  Selection selection_ = Selection::kReservoir;
  std::vector<Entry> entries_;
  std::vector<std::int64_t> offered_;  // by label: how many so far
  NamedTensors beside_;                // [capacity, ...]
  std::int64_t bytes_each_ = 0;
};

}  // namespace plasticity
