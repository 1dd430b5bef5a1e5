#include "suite/program/new_rule.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cctype>
#include <map>
#include <regex>
#include <set>

#include "suite/base/error.h"
#include "suite/base/files.h"

namespace plasticity {
namespace {

// In the templates {{name}}, {{class}}, {{package}} and {{program}} are filled in.
constexpr const char* kRule =
    R"--(// {{class}}: units compete by a softmax, and move towards the inputs that they win.
// Source: Nowlan 1990, "Maximum likelihood competitive learning". Differs: similarity is a dot
// product, and a step is the mean over a batch and over a convolution's positions.
#include <ATen/ATen.h>

#include "suite/hebbian_rule.h"

namespace plasticity {
namespace {

class {{class}} final : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "{{name}}",
            .summary = "Units compete by a softmax and move towards what they win",
            .formula = "dW = A^T X - R W;  A = softmax(t X W^T),  R = diag(sum A)",
            .source = "Nowlan 1990, NIPS 2:574",
            .citation = "nowlan1990maximum"};
  }

  explicit {{class}}(Params& params)
      : HebbianRule(params, 64),  // 64: its batch size
        sharpness_(params.Real("sharpness", 1, kPositive, "t of the softmax")) {}

  // Asked once a layer and batch. X [n, in] is what the layer saw: a row an image, and in a
  // convolution a row an image and output position. U = X W^T [n, out] is activity.pre_activation,
  // W [out, in] is activity.weight. The layer then changes by learning_rate (A^T X - R W) / n.
  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor won = at::softmax(sharpness_ * activity.pre_activation, 1);  // [n, out]
    return {.post = won,           // A [n, out]: how far a unit moves towards an input
            .decay = won.sum(0)};  // R [out], a diagonal: how much of its weights it gives up
  }

 private:
  double sharpness_;
};
PLASTICITY_REGISTER(Rule, {{class}});

}  // namespace
}  // namespace plasticity
)--";

constexpr const char* kBuild = R"--(cmake_minimum_required(VERSION 3.25)
project({{name}} LANGUAGES CXX)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# Elsewhere: cmake -B build -D plasticity_DIR=FOLDER, where FOLDER holds plasticityConfig.cmake.
find_package(plasticity REQUIRED HINTS "{{package}}")

plasticity_add_rule({{name}} {{name}}.cc)

enable_testing()
add_test(NAME {{name}}_test
  COMMAND plasticity::program check {{name}} --plugin $<TARGET_FILE:{{name}}>)
)--";

constexpr const char* kReadme = R"--(# {{name}}

A learning rule for plasticity, in one file: [{{name}}.cc]({{name}}.cc).

```
cmake -B build && cmake --build build
ctest --test-dir build --output-on-failure
{{program}} run --plugin build/lib{{name}}.so --rule {{name}} --data cifar10 --seeds 1-3
```

The test is `plasticity check`: what every rule must keep, from the same numbers for the same seed to features of real
images that tell classes better than chance. `plasticity leaderboard results` compares what was run.
)--";

// my_rule as MyRule, which must not hide what a rule's file uses.
std::string ClassName(const std::string& name) {
  std::string words;
  bool starts = true;
  for (const char letter : name) {
    if (letter == '_' || letter == '-') {
      starts = true;
    } else {
      words +=
          starts ? static_cast<char>(std::toupper(static_cast<unsigned char>(letter))) : letter;
      starts = false;
    }
  }
  static const std::set<std::string> used = {"HebbianRule", "Rule",     "RuleInfo",
                                             "Params",      "Activity", "Plasticity"};
  return used.count(words) > 0 ? words + "Rule" : words;
}

std::string Fill(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [key, value] : values) {
    const std::string hole = "{{" + key + "}}";
    for (std::size_t at = text.find(hole); at != std::string::npos;
         at = text.find(hole, at + value.size()))
      text.replace(at, hole.size(), value);
  }
  return text;
}

}  // namespace

void NewRule(const std::string& name, const std::filesystem::path& parent,
             const std::filesystem::path& package, const std::filesystem::path& program,
             const std::function<bool(const std::string&)>& taken, std::ostream& out) {
  static const std::regex allowed("[a-z][a-z0-9]*([_-][a-z0-9]+)*");
  if (!std::regex_match(name, allowed)) {
    throw InputError(fmt::format(
        "a rule cannot be named '{}': lower-case letters and digits in words joined by _ or -, "
        "such as my_rule.",
        name));
  }
  static const std::set<std::string> words = {"all",     "clean",   "edit_cache",    "help",
                                              "install", "package", "rebuild_cache", "test"};
  if (words.count(name) > 0)
    throw InputError(
        fmt::format("'{}' means something else to the build. Choose another name.", name));
  if (taken(name))
    throw InputError(fmt::format("there is a rule named '{}' already. Choose another name.", name));
  const std::filesystem::path folder = parent / name;
  if (std::filesystem::exists(folder))
    throw InputError(fmt::format("{} exists already. Nothing was written.", folder.string()));
  const std::map<std::string, std::string> values = {{"name", name},
                                                     {"class", ClassName(name)},
                                                     {"package", package.string()},
                                                     {"program", program.string()}};
  const std::filesystem::path draft = folder.string() + ".tmp" + std::to_string(::getpid());
  try {
    WriteFileAtomically(draft / (name + ".cc"), Fill(kRule, values));
    WriteFileAtomically(draft / "CMakeLists.txt", Fill(kBuild, values));
    WriteFileAtomically(draft / "README.md", Fill(kReadme, values));
    std::filesystem::rename(draft, folder);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(draft, ignored);
    throw;
  }
  out << fmt::format(
      "{0}/{1}.cc  a working rule\n\n"
      "Next  cd {0} && cmake -B build && cmake --build build && ctest --test-dir build\n"
      "      {2} run --plugin build/lib{1}.so --rule {1} --data cifar10 --seeds 1-3\n",
      folder.string(), name, program.string());
}

}  // namespace plasticity
