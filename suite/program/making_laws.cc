// Laws of a rule by itself: what it is made of, and what it says of itself.
#include <fmt/format.h>

#include <cmath>
#include <set>

#include "suite/base/error.h"
#include "suite/program/law.h"

namespace plasticity::conformance {
namespace {

std::string MakesItselfAgain(const Subject& subject) {
  nlohmann::json resolved, again;
  subject.Make(nlohmann::json::object(), &resolved);
  subject.Make(resolved, &again);
  Promise(resolved == again,
          fmt::format("{} resolves to {} the second time", resolved.dump(), again.dump()));
  std::set<std::string> names;
  for (const ParamInfo& param : subject.registry.Parameters(subject.info.name)) {
    Promise(names.insert(param.name).second, "two parameters are named " + param.name);
  }
  return "";
}

std::string SaysWhatItIs(const Subject& subject) {
  const RuleInfo& info = subject.info;
  Promise(!info.summary.empty(), "it has no summary");
  Promise(!info.formula.empty(), "it has no formula");
  Promise(!info.source.empty(), "it names no source");
  Promise(info.is_baseline || !info.citation.empty(), "it has no citation");
  Promise(info.backward || !info.weight_transport, "weight_transport is true, and backward false");
  Promise(info.locality == Locality::kGlobal || !info.backward,
          fmt::format("backward is true, and locality {}: nothing comes from other blocks",
                      LocalityName(info.locality)));
  const std::vector<ParamInfo> parameters = subject.registry.Parameters(info.name);
  for (const ParamInfo& param : parameters) {
    Promise(!param.doc.empty(), param.name + " has no documentation");
    Promise(!param.default_value.is_null(), param.name + " has no default");
  }
  const bool learns = info.locality != Locality::kNone;
  Promise(learns == (parameters.size() > 1),
          learns ? "it learns and has no parameter but batch_size"
                 : "it does not learn and has parameters beyond batch_size");
  return "";
}

// Values that a range does not hold, below and above it.
std::vector<double> JustOutside(const Range& range) {
  std::vector<double> values;
  if (std::isfinite(range.min)) values.push_back(range.open_min ? range.min : range.min - 1);
  if (std::isfinite(range.max)) values.push_back(range.max + 1);
  return values;
}

std::string RefusesNonsense(const Subject& subject) {
  const auto refusal = [&](const std::string& param, const nlohmann::json& value) {
    try {
      subject.Make({{param, value}});
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    throw Broken{fmt::format("{} = {} is accepted", param, value.dump())};
  };
  refusal("no_such_parameter", 1);
  refusal("batch_size", 0);
  for (const ParamInfo& param : subject.registry.Parameters(subject.info.name)) {
    refusal(param.name, nlohmann::json::object());
    if (param.kind != ParamKind::kData) refusal(param.name, "no such value");
    if (param.numeric()) {
      const bool list = param.kind == ParamKind::kPerLayer;
      const nlohmann::json& usual = param.default_value;
      const nlohmann::json inside = usual.is_array() ? usual.at(0) : usual;
      for (const double outside : JustOutside(param.range)) {
        refusal(param.name, outside);
        if (list) refusal(param.name, {inside, outside});
      }
    }
    const std::string message = refusal(param.name + "s", 1);  // one letter too many
    const std::string own_name = param.name.substr(param.name.rfind('.') + 1);  // in a part
    Promise(message.find(own_name + " (") != std::string::npos,
            fmt::format("{}s is refused without naming {}", param.name, param.name));
  }
  return "";
}

}  // namespace

std::vector<Law> MakingLaws() {
  return {{.name = "defaults",
           .promise = "is made from its defaults; resolved parameters make it again",
           .needs = {},
           .on_networks = false,
           .look = MakesItselfAgain},
          {.name = "description",
           .promise = "says what it is, and what each parameter does",
           .needs = {"defaults"},
           .on_networks = false,
           .look = SaysWhatItIs},
          {.name = "refusals",
           .promise = "refuses unknown and impossible parameters",
           .needs = {"defaults"},
           .on_networks = false,
           .look = RefusesNonsense}};
}

}  // namespace plasticity::conformance
