// The command line: parses, calls one verb, turns errors into exit codes. Verbs that train load the
// engine library; the others never do, so they start at once.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <new>
#include <system_error>

#include "suite/base/error.h"
#include "suite/base/text.h"
#include "suite/base/utf8.h"
#include "suite/base/verb.h"

namespace plasticity {
namespace {

// "" for what may stand on the line; else what is wrong, which CLI11 says after the option's name.
std::string NotEmpty(const std::string& text) { return text.empty() ? "is empty" : ""; }
std::string Finite(const std::string& text) {
  return std::isfinite(std::strtod(text.c_str(), nullptr)) ? "" : text + " is not a finite number";
}
std::string NotNegative(const std::string& text) {
  return std::strtod(text.c_str(), nullptr) < 0 ? text + " is below 0" : "";
}

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
        if constexpr (std::is_floating_point_v<Value>) added->check(Finite);
        if (std::isfinite(option.max))
          added->check(CLI::Range(static_cast<Value>(option.min), static_cast<Value>(option.max)));
        else if (option.min == 0)
          added->check(NotNegative);
        added->capture_default_str();
      } else {
        added->check(NotEmpty);
        if (!target->empty()) added->capture_default_str();
      }
    }
  };
  std::visit(add, option.target);
}

// One line, whatever the message holds of the user's input: its start and its end where it is long.
std::string OneLine(std::string message) {
  constexpr std::size_t kHalf = 600;
  if (message.size() > 2 * kHalf) message.replace(kHalf, message.size() - 2 * kHalf, " [...] ");
  return Printable(message);
}

int Report(const std::string& message, int status) {
  std::cout.flush();
  std::fflush(stdout);
  std::cerr << "error: " << OneLine(message) << "\n";
  return status;
}

int CannotPrint(int reason) {
  return Report(std::string("cannot write to standard output: ") + std::strerror(reason) + ".", 3);
}

// What to end with where the verb has ended with `status`: what it said must have come out, too.
int Flushed(int status) {
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout) return status;
  return CannotPrint(errno);
}

// Throws InputError for words that every verb would stumble over, and for a verb that is none.
void CheckWords(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (!IsUtf8(word)) throw InputError("'" + word + "' is not UTF-8.");
  }
  std::string group;  // "", or "data "
  for (const std::string& word : words) {
    if (word == "--help" || word == "-h" || word == "--version") return;
    const auto found = Verbs().find(group + word);
    if (found == Verbs().end()) {
      std::vector<std::string> known;
      for (const auto& [name, entry] : Verbs()) {
        const std::string rest = name.starts_with(group) ? name.substr(group.size()) : " ";
        if (rest.find(' ') == std::string::npos) known.push_back(rest);
      }
      throw InputError("no verb '" + group + word + "'." + NearestHint(word, known) +
                       " `plasticity " + group + "--help` shows all.");
    }
    if (found->second.make != nullptr) return;
    group += word + " ";
  }
  throw InputError("plasticity " + group + "needs a verb. `plasticity " + group +
                   "--help` shows all.");
}

// Says which word is no option of the verb that was called; "" where every one is.
std::string UnknownOption(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* verb = &app;
  std::string name = "plasticity";
  for (auto called = app.get_subcommands(); !called.empty(); called = verb->get_subcommands()) {
    verb = called.front();
    name += " " + verb->get_name();
  }
  std::vector<std::string> known;
  for (const CLI::Option* option : verb->get_options()) {
    for (const std::string& one : option->get_lnames()) known.push_back("--" + one);
  }
  for (const std::string& word : words) {
    const std::string option = word.substr(0, word.find('='));
    if (!option.starts_with("--") || option.size() == 2) continue;
    if (std::find(known.begin(), known.end(), option) != known.end()) continue;
    return name + " has no option '" + option + "'." + NearestHint(option, known) + " `" + name +
           " --help` shows all.";
  }
  return "";
}

int Main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that grows too large is an error of write
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

  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    CheckWords(words);
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return Flushed(app.exit(error));  // --help, --version
    const std::string unknown = UnknownOption(app, words);
    if (!unknown.empty()) return Report(unknown, 2);
    std::string message = error.what();
    if (!message.ends_with('.')) message += ".";
    return Report(message +
                      " `plasticity --help` shows the verbs, `plasticity VERB --help` their "
                      "options.",
                  2);
  } catch (const Error& error) {
    return Report(error.what(), error.exit_code());
  } catch (const std::filesystem::filesystem_error& error) {
    return Report("cannot use " + error.path1().string() + ": " + error.code().message() + ".", 2);
  } catch (const std::system_error& error) {
    if (std::ferror(stdout) != 0) return CannotPrint(error.code().value());
    return Report(error.what(), 3);
  } catch (const std::bad_alloc&) {
    return Report("out of memory.", 3);
  } catch (const std::exception&) {
    return Report("the program " + WhatItThrows(), 3);
  }
  return Flushed(status);
}

}  // namespace
}  // namespace plasticity

int main(int argc, char** argv) { return plasticity::Main(argc, argv); }
