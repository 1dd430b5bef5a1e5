#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace plasticity {

/// "1 seed", "2 seeds".
std::string Plural(std::size_t count, const std::string& thing);

/// `text` with its first letter, where that is one of a to z, made a capital.
std::string Capitalized(std::string text);

/// Letters and digits, with one '-' for whatever stands between: "softhebb + er" as "softhebb-er".
std::string Slug(const std::string& text);

/// Sorted seeds as "1-6" or "1-3, 7".
std::string SeedsText(const std::vector<std::int64_t>& seeds);

/// The first and last four characters of a long hexadecimal digest; other text as it is.
std::string ShortDigest(const std::string& text);

/// The text at a path of keys, or "" where there is none.
std::string TextAt(const nlohmann::json& object, std::initializer_list<const char*> keys);

/// The leaves of an object, by dotted path.
using LeafMap = std::map<std::string, nlohmann::json>;

/// The leaves of nested objects by dotted path; lists are leaves. What is under "params" goes
/// without that prefix, unless it would then be mistaken for a field beside it.
LeafMap Leaves(const nlohmann::json& object);

/// The paths at which not all of `objects` agree.
std::set<std::string> DifferingPaths(const std::vector<LeafMap>& objects);

/// "path=leaf path=leaf" of those leaves whose path is in `paths`: digests shortened, long lists as
/// a digest.
std::string PathsText(const LeafMap& leaves, const std::set<std::string>& paths);

/// "3 blocks, width 0.25": an object's leaves in words, without those in `skipped` and without
/// lists of objects, of which only a network's blocks are counted.
std::string LeavesInWords(const nlohmann::json& object, const std::set<std::string>& skipped);

/// "sphere-cnn (3 blocks, width 0.25)": LeavesInWords behind the object's name.
std::string NameAndRest(const nlohmann::json& object,
                        const std::set<std::string>& skipped = {"name"});

/// What was done with which data: "classification on cifar10", "continual on cifar100
/// (class-incremental)" where a stream's setting makes it another problem.
std::string TaskAndData(const nlohmann::json& request);

/// What a board was run on, short: "sphere-cnn x 0.25, linear, float32".
std::string ConditionsInShort(const nlohmann::json& conditions);

}  // namespace plasticity
