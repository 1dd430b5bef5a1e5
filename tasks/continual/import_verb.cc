#include <iostream>

#include "suite/base/verb.h"
#include "tasks/continual/import.h"

namespace plasticity {
namespace {

class ImportVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        {"file", &command_.file, "What the other tool wrote", Given::kAlways},
        {"--from", &command_.from, "Its format: csv, avalanche, mammoth or facil", Given::kAlways},
        {"--rule", &command_.rule, "The learning rule, by the name to show", Given::kAlways},
        {"--strategy", &command_.strategy, "What kept it from forgetting; default: nothing"},
        {"--seed", &command_.seed, "The run's seed", Given::kAlways},
        {"--data", &command_.data, "The data set"},
        {"--scenario", &command_.scenario, "How it became a stream, such as split"},
        {"--setting", &command_.setting,
         "task-incremental, domain-incremental or class-incremental"},
        {"--like", &command_.like,
         "Instead of these: a Result measured under the same conditions, to stand on its "
         "board"},
        {"--percent", &command_.percent, "A csv file is in percent"},
        {"--run", &command_.run, "Which run of a file of several, from 1; 0: it holds one",
         Given::kMaybe, 0, 1'000'000},
        {"--results", &command_.results, "Folder for the Result"}};
  }
  int Run() override {
    Import(command_, std::cout);
    return 0;
  }

 private:
  ImportCommand command_;
};
const bool added =
    AddVerb<ImportVerb>("import", "Take up another tool's accuracy matrix of a stream as a Result");

}  // namespace
}  // namespace plasticity
