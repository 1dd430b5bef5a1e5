#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace plasticity {

/// Numbers in lists within lists, all numbers equally deep: a curve, a matrix, rows of different
/// lengths. They lie one behind the other, counts of images in two bytes each, for most of a
/// Result's bytes are such; one that is not finite is not known, null in JSON.
class NestedNumbers {
 public:
  NestedNumbers() = default;  ///< an empty list
  /// Of JSON, or of what becomes JSON. Throws InputError where it is no such lists.
  template <typename Lists>
  requires std::constructible_from<nlohmann::json, const Lists&> NestedNumbers(const Lists& lists)
      : NestedNumbers(FromJson(lists)) {}
  NestedNumbers(std::initializer_list<nlohmann::json> lists)
      : NestedNumbers(FromJson(nlohmann::json(std::vector(lists)))) {}

  /// How many lists are around a number; 0: it is one number.
  std::size_t depth() const { return lengths_.size(); }
  std::size_t size() const { return lengths_.empty() ? 1 : lengths_[0][0]; }  ///< of the outermost
  /// The lengths of the outermost list and of the first ones within it.
  std::vector<std::size_t> extents() const;
  std::vector<double> flat() const;                                ///< all of them; NaN: not known
  bool empty() const { return counts_.empty() && flat_.empty(); }  ///< lists without a number
  /// A matrix by its rows. Throws std::logic_error where `depth` is not 2, but for no rows at all.
  std::vector<std::vector<double>> Rows() const;
  nlohmann::json ToJson() const;  ///< whole numbers where all of them were given so

  void push_back(double number);  ///< to a list of numbers

  /// Whether lists and numbers are the same; what is not known is the same as what is not known.
  friend bool operator==(const NestedNumbers& a, const NestedNumbers& b);

 private:
  friend class NestedNumbersBuilder;

  static NestedNumbers FromJson(const nlohmann::json& lists);

  void StopCounting();  // moves what is in `counts_` to `flat_`

  std::vector<std::uint16_t> counts_;                        // while all are whole, 0 to 65,535
  std::vector<double> flat_;                                 // or these
  std::vector<std::vector<std::uint32_t>> lengths_ = {{0}};  // of the lists of each level, in order
  bool whole_ = true;                                        // all were given as integers
};

/// Makes them from what a reader comes upon, in the order of the text.
class NestedNumbersBuilder {
 public:
  /// For about so many numbers.
  explicit NestedNumbersBuilder(std::size_t count = 0) {
    made_.lengths_.clear();
    made_.counts_.reserve(count);
  }
  void Open();  ///< a list begins
  /// It ends.
  void Close() {
    --open_;
    length_ = nullptr;
  }
  /// A number, or NaN for null.
  void Put(double number, bool whole) {
    if (length_ != nullptr)
      ++*length_;
    else
      fine_ = fine_ && made_.lengths_.empty();
    constexpr double kMostCounted = 65535;
    if (counting_ && whole && number >= 0 && number <= kMostCounted) {
      made_.counts_.push_back(static_cast<std::uint16_t>(number));
    } else {
      PutAny(number, whole);
    }
  }
  /// False once a number was not as deep as another, or a list stood beside numbers.
  bool fine() const { return fine_; }
  /// What was made, if `fine` and every list is closed.
  NestedNumbers Made() && { return std::move(made_); }

 private:
  void PutAny(double number, bool whole);

  NestedNumbers made_;
  bool counting_ = true;  // all numbers so far are in `counts_`
  std::size_t open_ = 0;  // lists that are
  std::uint32_t* length_ =
      nullptr;  // of the innermost, if no list was deeper and none closed since
  bool fine_ = true;
};

}  // namespace plasticity
