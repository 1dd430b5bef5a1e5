#include "reports/page/run_command.h"

#include <vector>

#include "reports/words.h"
#include "suite/base/kinds.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

// "rule.k=2" of every parameter. One that is a part by itself is its name, and its parameters below
// it: "task.scenario=split", "task.scenario.experiences=5".
void AddSettings(Words& words, const std::string& prefix, const json& params) {
  for (const auto& [name, value] : params.items()) {
    const std::string path = prefix + "." + name;
    const bool part = value.is_object() && value.contains("name");
    const json& shown = part ? value["name"] : value;
    words.push_back(
        ShellWord(path + "=" + (shown.is_string() ? shown.get<std::string>() : shown.dump())));
    if (part && value.contains("params")) AddSettings(words, path, value["params"]);
  }
}

Words Settings(const json& request) {
  Words words;
  for (const Kind& kind : kKinds) {
    const std::string name(kind.name);
    if (!request.contains(name)) continue;
    const json& part = request[name];
    if (part.contains("params")) AddSettings(words, name, part["params"]);
    for (const char* key : {"width", "input"}) {
      if (name == "network" && part.contains(key)) AddSettings(words, name, {{key, part[key]}});
    }
  }
  return words;
}

}  // namespace

std::string RunCommandOf(const Result& result) {
  const json& request = result.request;
  Words words = {"plasticity", "run"};
  const auto add = [&](const std::string& option, const std::string& value) {
    if (value.empty()) return;
    words.push_back("--" + option);
    words.push_back(ShellWord(value));
  };
  if (!TextAt(request, {"rule", "tuned", "digest"}).empty())
    add("config", TextAt(request, {"rule", "name"}) + ".tuned.json");
  add("plugin", TextAt(result.rule, {"plugin", "file"}));
  for (const Kind& kind : kKinds) {
    const std::string name(kind.name);
    add(name, TextAt(request, {name.c_str(), "name"}));
  }
  add("data", TextAt(request, {"data", "name"}));
  add("precision", TextAt(request, {"precision"}));
  add("device", TextAt(request, {"device_type"}));
  if (request.contains("seed")) add("seed", request["seed"].dump());
  const std::string from = TextAt(request, {"init", "run_id"});
  add("init", from.empty() ? "" : from + ".json");
  const Words settings = Settings(request);
  if (!settings.empty()) words.push_back("--set");
  words.insert(words.end(), settings.begin(), settings.end());
  return Join(words, " ");
}

}  // namespace plasticity
