#include "reports/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "suite/base/digest.h"
#include "suite/base/text.h"
#include "suite/base/utf8.h"

namespace plasticity {
namespace {

using nlohmann::json;

void Flatten(const json& value, const std::string& path, std::map<std::string, json>& leaves) {
  if (!value.is_object()) {
    leaves[path] = value;
    return;
  }
  for (const auto& item : value.items()) {
    Flatten(item.value(), path.empty() ? item.key() : path + "." + item.key(), leaves);
  }
}

// A leaf as a reader wants it: digests shortened, long lists as a digest.
std::string LeafText(const json& leaf) {
  if (leaf.is_string()) return ShortDigest(leaf.get<std::string>());
  if (leaf.is_number_float()) return fmt::format("{}", leaf.get<double>());
  const std::string text = leaf.dump();
  constexpr std::size_t kLongest = 60;
  return text.size() <= kLongest ? text : "digest " + ShortDigest(Sha256(text));
}

}  // namespace

std::string Plural(std::size_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string Capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

std::string Slug(const std::string& text) {
  std::string slug;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) {
      slug += c;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  if (slug.ends_with('-')) slug.pop_back();
  return slug;
}

std::string SeedsText(const std::vector<std::int64_t>& seeds) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < seeds.size();) {
    std::size_t last = i;
    while (last + 1 < seeds.size() && seeds[last + 1] == seeds[last] + 1) ++last;
    std::string part = std::to_string(seeds[i]);
    if (last > i) part += "-" + std::to_string(seeds[last]);
    parts.push_back(part);
    i = last + 1;
  }
  return Join(parts, ", ");
}

std::string ShortDigest(const std::string& text) {
  const bool digest =
      text.size() >= 16 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  return digest ? text.substr(0, 4) + ".." + text.substr(text.size() - 4) : text;
}

std::string TextAt(const json& object, std::initializer_list<const char*> keys) {
  const json* place = &object;
  for (const char* key : keys) {
    if (!place->is_object()) return "";
    const auto found = place->find(std::string_view(key));  // copies no key
    if (found == place->end()) return "";
    place = &*found;
  }
  return place->is_string() ? place->get<std::string>() : "";
}

LeafMap Leaves(const json& object) {
  LeafMap leaves;
  LeafMap params;
  for (const auto& item : object.items()) {
    const bool own = item.key() == "params" && item.value().is_object();
    Flatten(item.value(), own ? "" : item.key(), own ? params : leaves);
  }
  for (const auto& [path, leaf] : params) {
    leaves[leaves.count(path) > 0 ? "params." + path : path] = leaf;
  }
  return leaves;
}

std::set<std::string> DifferingPaths(const std::vector<LeafMap>& objects) {
  std::set<std::string> paths;
  for (const auto& object : objects) {
    for (const auto& [path, leaf] : object) {
      const bool everywhere = std::all_of(objects.begin(), objects.end(), [&](const auto& other) {
        const auto found = other.find(path);
        return found != other.end() && found->second == leaf;
      });
      if (!everywhere) paths.insert(path);
    }
  }
  return paths;
}

std::string PathsText(const LeafMap& leaves, const std::set<std::string>& paths) {
  std::vector<std::string> parts;
  for (const auto& [path, leaf] : leaves) {
    if (paths.count(path) > 0) parts.push_back(path + "=" + LeafText(leaf));
  }
  return Join(parts, " ");
}

std::string LeavesInWords(const json& object, const std::set<std::string>& skipped) {
  std::vector<std::string> parts;
  for (const auto& [path, leaf] : Leaves(object)) {
    if (skipped.count(path) > 0 || leaf.is_null() || (leaf.is_array() && leaf.empty())) continue;
    std::string name = path;  // of a part's parameter: by the part's
    if (const std::size_t within = name.find(".params."); within != name.npos)
      name.erase(within, std::string_view(".params").size());
    const bool nested = leaf.is_array() && !leaf.empty() && leaf.front().is_structured();
    if (nested) {
      if (path == "blocks") parts.push_back(Plural(leaf.size(), "block"));
    } else if (leaf.is_boolean()) {
      parts.push_back((leaf.get<bool>() ? "" : "no ") + name);
    } else {
      parts.push_back(name + " " + LeafText(leaf));
    }
  }
  return Join(parts, ", ");
}

std::string NameAndRest(const json& object, const std::set<std::string>& skipped) {
  const std::string name = TextAt(object, {"name"});
  const std::string rest = LeavesInWords(object, skipped);
  if (name.empty()) return rest.empty() ? "not named" : rest;
  return rest.empty() ? name : name + " (" + rest + ")";
}

std::string TaskAndData(const json& request) {
  const std::string setting = TextAt(request, {"task", "params", "scenario", "params", "setting"});
  return Printable(TextAt(request, {"task", "name"}) + " on " + TextAt(request, {"data", "name"}) +
                   (setting.empty() ? "" : " (" + setting + ")"));
}

std::string ConditionsInShort(const nlohmann::json& conditions) {
  std::vector<std::string> parts;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) parts.push_back(text);
  };
  std::string network = TextAt(conditions, {"network", "name"});
  const nlohmann::json width =
      conditions.value(nlohmann::json::json_pointer("/network/width"), nlohmann::json());
  if (width.is_number() && width != 1) network += fmt::format(" x {}", width.get<double>());
  add(network);
  add(TextAt(conditions, {"readout", "name"}));
  add(TextAt(conditions, {"precision"}));
  return Join(parts, ", ");
}

}  // namespace plasticity
