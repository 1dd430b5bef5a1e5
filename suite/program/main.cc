// The command line: parses, calls one verb, turns errors into exit codes. Verbs that train load the
// engine library; the others never do, so they start at once.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "suite/base/error.h"
#include "suite/base/verb.h"

namespace plasticity {
namespace {

void AddOption(CLI::App* app, const Option& option) {
  const auto add = [&](auto* target) {
    using Value = std::decay_t<decltype(*target)>;
    if constexpr (std::is_same_v<Value, bool>) {
      app->add_flag(option.names, *target, option.help);
    } else {
      CLI::Option* added = app->add_option(option.names, *target, option.help);
      added->required(option.given == Given::kAlways);
      if (option.given == Given::kRepeatedly) added->expected(1)->take_all();
      if constexpr (std::is_arithmetic_v<Value>) {
        if (std::isfinite(option.max))
          added->check(CLI::Range(static_cast<Value>(option.min), static_cast<Value>(option.max)));
        else if (option.min == 0)
          added->check(CLI::NonNegativeNumber);
        added->capture_default_str();
      } else {
        if (!target->empty()) added->capture_default_str();
      }
    }
  };
  std::visit(add, option.target);
}

int Report(const char* message, int status) {
  std::cout.flush();
  std::fflush(stdout);
  std::cerr << "error: " << message << "\n";
  return status;
}

int Main(int argc, char** argv) {
  CLI::App app(
      "plasticity: learning rules, compared on the same networks, data and budgets.\n\n"
      "First steps:\n"
      "  plasticity list rules\n"
      "  plasticity run --rule softhebb --data cifar10 --set task.samples=12000\n"
      "  plasticity leaderboard results\n"
      "  plasticity new-rule my_rule\n");
  app.set_version_flag("--version", "plasticity " PLASTICITY_VERSION,
                       "Print the version; doctor says which commit");
  app.require_subcommand(1);
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string("error: ") + error.what() +
           " `plasticity --help` shows the verbs, `plasticity VERB --help` their options.\n";
  });

  int status = 0;
  std::vector<std::unique_ptr<Verb>> verbs;
  for (const auto& [name, entry] : Verbs()) {
    const std::size_t space = name.find(' ');  // a group comes before its verbs
    CLI::App* parent =
        space == std::string::npos ? &app : app.get_subcommand(name.substr(0, space));
    CLI::App* added = parent->add_subcommand(name.substr(space + 1), entry.summary);
    if (entry.make == nullptr) {
      added->require_subcommand(1);
      continue;
    }
    verbs.push_back(entry.make());
    Verb* verb = verbs.back().get();
    for (const Option& option : verb->Options()) AddOption(added, option);
    added->callback([verb, &status] { status = verb->Run(); });
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const Error& error) {
    return Report(error.what(), error.exit_code());
  } catch (const std::exception& error) {
    return Report(error.what(), 3);
  }
  std::cout.flush();
  return status;
}

}  // namespace
}  // namespace plasticity

int main(int argc, char** argv) { return plasticity::Main(argc, argv); }
