#include "suite/program/tune.h"

#include <fmt/format.h>

#include <algorithm>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/json_text.h"
#include "suite/base/text.h"
#include "suite/engine/runner.h"
#include "suite/engine/tuner.h"
#include "suite/params.h"

namespace plasticity {
namespace {

std::vector<std::uint64_t> ParseSamples(const std::string& text) {
  nlohmann::json values = ParseValue(text);
  if (!values.is_array()) values = nlohmann::json::array({values});
  std::vector<std::uint64_t> samples;
  for (const nlohmann::json& value : values) {
    if (!value.is_number_unsigned())
      throw InputError("--samples " + text + " is not of the form 4000,20000.");
    samples.push_back(value);
  }
  return samples;
}

// Adds what a file says: {"rule.k": "1..20", "rule.flip": null}.
void AddFile(const std::string& file, SpaceEntries& space) {
  const nlohmann::json json = ReadJson(file);
  if (!json.is_object())
    throw InputError(file + R"( is not a space: a JSON object such as {"rule.k": "1..20"}.)");
  for (const auto& [key, entry] : json.items()) space[key] = entry;
}

SpaceEntries ParseSpace(const std::vector<std::string>& given) {
  SpaceEntries space;
  for (const std::string& one : given) {
    const std::size_t equals = one.find('=');
    if (equals != std::string::npos) {
      space[one.substr(0, equals)] = one.substr(equals + 1);
    } else if (std::filesystem::path(one).extension() == ".json") {
      AddFile(one, space);
    } else {
      space[one] = nullptr;
    }
  }
  return space;
}

TunerOptions OptionsOf(const TuneCommand& command, const nlohmann::json& settings) {
  TunerOptions options{.settings = settings,
                       .space = ParseSpace(command.space),
                       .trials = command.trials,
                       .seeds = ParseSeeds(command.trial.seeds),
                       .reporting_seeds = ParseSeeds(command.reporting),
                       .tuning_seed = static_cast<std::uint64_t>(command.tuning_seed),
                       .metric = command.metric};
  if (!command.samples.empty()) options.samples = ParseSamples(command.samples);
  return options;
}

std::filesystem::path OutputOf(const TuneCommand& command, const std::string& rule, bool several) {
  if (command.output.extension() != ".json") return command.output / (rule + ".tuned.json");
  if (several)
    throw InputError(
        fmt::format("--output {} is one file, and there are several rules: name a "
                    "folder.",
                    command.output.string()));
  return command.output;
}

// "20 trials at 4,000 images, halved to 5 at 20,000".
std::string InWords(const std::vector<Rung>& rungs) {
  std::string text;
  for (const Rung& rung : rungs) {
    const std::string images = Grouped(static_cast<std::int64_t>(rung.samples));
    text += text.empty() ? fmt::format("{} trials at {} images", rung.trials, images)
                         : fmt::format(", halved to {} at {}", rung.trials, images);
  }
  return text;
}

std::string InWords(const SearchSpace& space) {
  std::vector<std::string> texts;
  for (const Searched& searched : space) texts.push_back(searched.Text());
  return Join(texts, ", ");
}

std::string InWords(const nlohmann::json& set) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : set.items())
    texts.push_back(ShortKey(key) + " " +
                    (value.is_string() ? value.get<std::string>() : value.dump()));
  return texts.empty() ? "the defaults" : Join(texts, ", ");
}

std::string ValueInWords(double value, const std::string& unit) {
  return unit == "fraction" ? fmt::format("{:.1f} %", value * 100) : fmt::format("{:.4g}", value);
}

// How the choice compares with the defaults.
std::string AgainstDefaults(const Tuned& tuned) {
  if (!tuned.defaults) return "the defaults were lost";
  if (tuned.trial == 0) return "no trial did better";
  return "defaults " + ValueInWords(*tuned.defaults, tuned.unit);
}

int TuneRule(const TuneCommand& command, const nlohmann::json& settings, at::Device device,
             const std::filesystem::path& file) {
  Tuner tuner(OptionsOf(command, settings), device, command.trial.engine);
  fmt::print("plasticity: {}, {}; validation only, seeds {} (reporting seeds stay unseen)\n",
             settings.at("rule").get<std::string>(), InWords(tuner.rungs()), command.trial.seeds);
  fmt::print(" space  {}\n", InWords(tuner.space()));
  std::fflush(stdout);
  const std::optional<Tuned> tuned = tuner.Run();
  if (!tuned) return kStopped;
  WriteFileAtomically(file, tuned->settings.dump(2) + "\n");
  fmt::print(" best   {}      validation {}   ({})\n",
             InWords(tuned->settings.at("tuned").at("set")),
             ValueInWords(tuned->chosen, tuned->unit), AgainstDefaults(*tuned));
  fmt::print(" saved  {0}      use it:  plasticity run --config {0} ...\n",
             ShellWord(file.string()));
  return 0;
}

}  // namespace

int TuneRules(const TuneCommand& command, const std::vector<nlohmann::json>& settings,
              at::Device device) {
  const bool several = settings.size() > 1;
  for (const nlohmann::json& one : settings)
    CheckWritable(OutputOf(command, one.at("rule"), several));
  int status = 0;
  for (const nlohmann::json& one : settings) {
    const std::string rule = one.at("rule");
    const std::filesystem::path file = OutputOf(command, rule, several);
    try {
      const int ended = TuneRule(command, one, device, file);
      if (ended == kStopped) return ended;
    } catch (const Error& refused) {
      if (!several) throw;
      fmt::print(" passed over  {}  ({})\n", rule, refused.what());
      if (refused.kind() == ErrorKind::kRun) status = refused.exit_code();
    }
    std::fflush(stdout);
  }
  return status;
}

}  // namespace plasticity
