#include "tasks/data/streamed.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace plasticity {
namespace {

class OnDemandImages final : public ImageSource {
 public:
  OnDemandImages(const ImageShape& shape, std::int64_t count, ImageDecoder decode,
                 std::vector<std::uint16_t> labels)
      : ImageSource(shape, count), decode_(std::move(decode)), labels_(std::move(labels)) {}
  std::int64_t Label(std::int64_t index) const override {
    return labels_.empty() ? -1 : labels_[static_cast<std::size_t>(index)];
  }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override { decode_(index, pixels); }

 private:
  ImageDecoder decode_;
  std::vector<std::uint16_t> labels_;
};

// Threads that decode the expected images of one source at a time, in their order, as far ahead as
// a buffer of `places` images goes.
class DecodeAhead {
 public:
  DecodeAhead(std::int64_t image_bytes, std::int64_t places)
      : image_bytes_(image_bytes),
        buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(
            static_cast<std::size_t>(places * image_bytes))) {
    for (std::int64_t place = places - 1; place >= 0; --place) free_.push_back(place);
  }
  ~DecodeAhead() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    may_begin_.notify_all();
  }  // the threads are joined first of all members
  DecodeAhead(const DecodeAhead&) = delete;
  DecodeAhead& operator=(const DecodeAhead&) = delete;

  void Expect(const std::shared_ptr<const ImageSource>& images,
              const std::vector<std::int64_t>& indices) {
    {
      const std::scoped_lock lock(mutex_);
      for (const auto& [index, begun] : begun_) {
        if (begun->done) free_.push_back(begun->place);
        begun->dropped = true;
      }
      begun_.clear();
      images_ = images;
      order_ = indices;
      next_ = 0;
      open_.assign(static_cast<std::size_t>(images->count()), false);
      for (const std::int64_t index : indices) open_[static_cast<std::size_t>(index)] = true;
      if (threads_.empty() && !indices.empty()) {
        const unsigned int cores = std::max(1u, std::thread::hardware_concurrency());
        for (unsigned int i = 0; i < cores; ++i) threads_.emplace_back([this] { Work(); });
      }
    }
    may_begin_.notify_all();
  }

  void Take(const ImageSource& images, std::int64_t index, std::uint8_t* pixels) {
    const std::shared_ptr<Begun> begun = Leave(images, index);
    if (!begun) return images.Decode(index, pixels);
    if (!begun->error) {
      std::memcpy(pixels, At(begun->place), static_cast<std::size_t>(image_bytes_));
    }
    {
      const std::scoped_lock lock(mutex_);
      free_.push_back(begun->place);
    }
    may_begin_.notify_one();
    if (begun->error) std::rethrow_exception(begun->error);
  }

 private:
  // An image in the buffer.
  struct Begun {
    std::int64_t place;
    bool done = false;
    bool dropped = false;      // nobody will look at it
    std::exception_ptr error;  // instead of the image
  };

  std::uint8_t* At(std::int64_t place) { return buffer_.get() + place * image_bytes_; }

  // An image that was begun, once it is done: its place is the caller's now. Null where it was not
  // begun, and will not be.
  std::shared_ptr<Begun> Leave(const ImageSource& images, std::int64_t index) {
    std::unique_lock lock(mutex_);
    if (images_.get() != &images) return nullptr;
    const auto found = begun_.find(index);
    if (found == begun_.end()) {
      open_[static_cast<std::size_t>(index)] = false;
      return nullptr;
    }
    std::shared_ptr<Begun> begun = std::move(found->second);
    begun_.erase(found);
    is_done_.wait(lock, [&] { return begun->done; });
    return begun;
  }

  // Goes to the next image that nobody has begun; false at the end.
  bool FindNext() {
    while (next_ < order_.size() && !open_[static_cast<std::size_t>(order_[next_])]) ++next_;
    return next_ < order_.size();
  }

  void Work() {
    std::unique_lock lock(mutex_);
    while (true) {
      may_begin_.wait(lock, [&] { return stopping_ || (!free_.empty() && FindNext()); });
      if (stopping_) return;
      const std::int64_t index = order_[next_];
      open_[static_cast<std::size_t>(index)] = false;
      const auto begun = std::make_shared<Begun>(Begun{free_.back()});
      free_.pop_back();
      begun_[index] = begun;
      const std::shared_ptr<const ImageSource> images = images_;
      lock.unlock();
      std::exception_ptr error;
      try {
        images->Decode(index, At(begun->place));
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      begun->error = std::move(error);
      begun->done = true;
      if (begun->dropped) free_.push_back(begun->place);
      is_done_.notify_all();
    }
  }

  std::int64_t image_bytes_;
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::mutex mutex_;  // of all that follows
  std::condition_variable may_begin_, is_done_;
  std::shared_ptr<const ImageSource> images_;  // whose images are expected
  std::vector<std::int64_t> order_;
  std::size_t next_ = 0;    // the first of order_ that may not be begun
  std::vector<bool> open_;  // by index: expected, neither begun nor looked at
  std::unordered_map<std::int64_t, std::shared_ptr<Begun>> begun_;  // by index
  std::vector<std::int64_t> free_;                                  // places
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

class StreamedImages final : public ImageSource {
 public:
  StreamedImages(std::shared_ptr<const ImageSource> images, std::shared_ptr<DecodeAhead> ahead)
      : ImageSource(images->shape(), images->count()),
        images_(std::move(images)),
        ahead_(std::move(ahead)) {}
  std::int64_t Label(std::int64_t index) const override { return images_->Label(index); }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    ahead_->Take(*images_, index, pixels);
  }
  void Expect(const std::vector<std::int64_t>& indices) const override {
    ahead_->Expect(images_, indices);
  }

 private:
  std::shared_ptr<const ImageSource> images_;
  std::shared_ptr<DecodeAhead> ahead_;  // of all the set's sources
};

}  // namespace

std::shared_ptr<const ImageSource> OnDemand(const ImageShape& shape, std::int64_t count,
                                            ImageDecoder decode,
                                            std::vector<std::uint16_t> labels) {
  return std::make_shared<OnDemandImages>(shape, count, std::move(decode), std::move(labels));
}

std::shared_ptr<Dataset> Streamed(const Dataset& set, std::int64_t memory) {
  const std::int64_t images =
      set.train->count() + set.test->count() + (set.unlabelled ? set.unlabelled->count() : 0);
  const auto ahead = std::make_shared<DecodeAhead>(set.shape.bytes(),
                                                   std::min(images, memory / set.shape.bytes()));
  auto streamed = std::make_shared<Dataset>(set);
  streamed->train = std::make_shared<StreamedImages>(set.train, ahead);
  streamed->test = std::make_shared<StreamedImages>(set.test, ahead);
  if (set.unlabelled)
    streamed->unlabelled = std::make_shared<StreamedImages>(set.unlabelled, ahead);
  return streamed;
}

}  // namespace plasticity
