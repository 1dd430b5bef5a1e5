// The command line: parses, calls one function, turns errors into exit codes. Verbs that train load
// the engine library; the views and the data verbs never do, so they start at once.
#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "reports/commands.h"
#include "suite/base/error.h"
#include "suite/program/new_rule.h"
#include "suite/base/text.h"
#include "suite/program/commands.h"
#include "tasks/data/commands.h"

namespace plasticity {
namespace {

// Where this program is.
std::filesystem::path Program() { return std::filesystem::read_symlink("/proc/self/exe"); }

// OpenMP's threads wait for each other by spinning for milliseconds, which on a core that another
// process uses keeps out the very thread that is waited for: on a busy machine everything takes ten
// times as long. A thousand turns, then sleep. libgomp reads this when LibTorch is loaded.
void WaitBriefly() {
  if (std::getenv("OMP_WAIT_POLICY") == nullptr) setenv("GOMP_SPINCOUNT", "1000", 0);
}

const EngineCommands& Engine(const std::vector<std::filesystem::path>& plugins = {}) {
  WaitBriefly();
  const std::filesystem::path folder = Program().parent_path();
  for (const std::filesystem::path& place : {folder, folder.parent_path() / "lib"}) {
    const std::filesystem::path library = place / "libplasticity_engine.so";
    if (!std::filesystem::exists(library)) continue;
    void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (handle == nullptr) throw RunError(fmt::format("the engine does not load: {}.", dlerror()));
    const auto entry =
        reinterpret_cast<const EngineCommands* (*)()>(dlsym(handle, "plasticity_engine"));
    if (entry == nullptr) throw RunError(library.string() + " is not the engine of this program.");
    for (const std::filesystem::path& plugin : plugins) entry()->load_plugin(plugin);
    return *entry();
  }
  throw RunError("libplasticity_engine.so is not beside the program. Build it: ci/build.");
}

// Writing a rule needs no LibTorch; where the engine does load, it knows the names that are taken.
bool RuleIsTaken(const std::string& name) {
  try {
    return Engine().has_rule(name);
  } catch (const RunError&) {
    return false;
  }
}

// The folder of plasticityConfig.cmake: the build tree's, or the installation's.
std::filesystem::path Package() {
  const std::filesystem::path folder = Program().parent_path();
  return std::filesystem::exists(folder / "plasticityConfig.cmake")
             ? folder
             : folder.parent_path() / "lib" / "cmake" / "plasticity";
}

bool ColorWanted() {
  const char* refused = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) != 0 && (refused == nullptr || *refused == '\0');
}

int TerminalWidth() {
  winsize size{};
  return isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col
                                                                                    : 0;
}

// Prints the leaderboard, and writes a copy where --output asks for one, in the format that its
// name ends in.
int Leaderboard(LeaderboardCommand command, const std::filesystem::path& output) {
  command.color = command.format == LeaderboardFormat::kTerminal && ColorWanted();
  command.width = TerminalWidth();
  const int status = ShowLeaderboard(command, std::cout);
  if (output.empty() || status != 0) return status;
  command.format = output.extension() == ".json"  ? LeaderboardFormat::kJson
                   : output.extension() == ".txt" ? LeaderboardFormat::kTerminal
                                                  : LeaderboardFormat::kMarkdown;
  command.color = false;
  command.width = 0;
  command.output = output;
  return ShowLeaderboard(command, std::cerr);
}

void AddEngineOptions(CLI::App* verb, EngineOptions& options) {
  verb->add_option("--results", options.results, "Folder for results and checkpoints")
      ->capture_default_str();
  verb->add_option("--device", options.device, "auto, cpu or cuda")->capture_default_str();
  verb->add_option("--threads", options.threads, "CPU threads; 0: one a core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  verb->add_option("--checkpoint-every", options.checkpoint_every_s,
                   "Seconds between checkpoints; 0: at every step")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

void AddPluginOption(CLI::App* verb, std::vector<std::filesystem::path>& plugins) {
  verb->add_option("--plugin", plugins, "Library with rules of your own; may be given repeatedly")
      ->expected(1)
      ->take_all();
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
    return fmt::format(
        "error: {} `plasticity --help` shows the verbs, `plasticity VERB --help` their options.\n",
        error.what());
  });
  int status = 0;
  std::vector<std::filesystem::path> plugins;

  RunCommand run;
  CLI::App* run_verb = app.add_subcommand("run", "Run one rule, with one seed or several");
  run_verb->add_option("--rule", run.rule, "The learning rule (plasticity list rules)");
  run_verb->add_option("--task", run.task,
                       "The task (plasticity list tasks; default classification)");
  run_verb->add_option("--data", run.data, "The data set (plasticity data list; default cifar10)");
  run_verb->add_option("--source", run.source,
                       "File or folder to read the data from, instead of looking for it");
  run_verb->add_option("--network", run.network,
                       "Preset or path of a JSON file (plasticity list networks)");
  run_verb->add_option("--readout", run.readout,
                       "online, linear, ridge or knn (plasticity list readouts)");
  run_verb->add_option("--precision", run.precision, "float32 or bfloat16 products");
  run_verb
      ->add_option("--track", run.track,
                   "common: everybody's network and readout; native: the rule's own")
      ->capture_default_str();
  run_verb->add_option("--seeds,--seed", run.seeds, "1, 1-3 or 1,2,5")->capture_default_str();
  run_verb
      ->add_option("--set", run.set,
                   "A setting such as rule.lambda=0.8, task.samples=12000, network.width=0.5")
      ->expected(1)
      ->take_all();
  run_verb->add_option("--config", run.config, "JSON file with settings; options on the line win");
  AddEngineOptions(run_verb, run.engine);
  AddPluginOption(run_verb, plugins);
  run_verb->callback([&] { status = Engine(plugins).run(run); });

  PlanCommand plan;
  CLI::App* plan_verb = app.add_subcommand(
      "plan", "Run a plan: rules crossed with seeds; finished cells are skipped");
  plan_verb->add_option("file", plan.file, "The plan, a JSON file such as profiles/quickstart.json")
      ->required();
  plan_verb->add_option("--data", plan.data, "Data set instead of the plan's");
  plan_verb->add_flag("--dry-run", plan.dry_run, "List the cells and an estimate, run nothing");
  AddEngineOptions(plan_verb, plan.engine);
  AddPluginOption(plan_verb, plugins);
  plan_verb->callback([&] { status = Engine(plugins).plan(plan); });

  std::string kind = "rules";
  CLI::App* list_verb = app.add_subcommand("list", "List rules, networks, readouts, tasks or data");
  list_verb->add_option("kind", kind, "rules, networks, readouts, tasks or data")
      ->capture_default_str();
  bool markdown = false;
  list_verb->add_flag("--markdown", markdown,
                      "Rules with all they say of themselves: docs/rules.md");
  AddPluginOption(list_verb, plugins);
  list_verb->callback([&] {
    if (kind == "data" && !markdown)
      ListData(std::cout);
    else
      status = Engine(plugins).list(kind, markdown);
  });

  std::string name;
  CLI::App* describe_verb = app.add_subcommand(
      "describe", "Explain a rule, readout, task or network: formula, source, parameters");
  describe_verb->add_option("name", name, "Its name")->required();
  AddPluginOption(describe_verb, plugins);
  describe_verb->callback([&] { status = Engine(plugins).describe(name); });

  CLI::App* check_verb = app.add_subcommand(
      "check", "Hold a rule to what every rule must keep; exit code 1 if it fails");
  check_verb->add_option("rule", name, "Its name, or all")->required();
  AddPluginOption(check_verb, plugins);
  check_verb->callback([&] { status = Engine(plugins).check(name); });

  std::filesystem::path parent = ".";
  CLI::App* new_verb =
      app.add_subcommand("new-rule", "Write a folder with a rule of your own, ready to build");
  new_verb->add_option("name", name, "The rule's name, such as my_rule")->required();
  new_verb->add_option("--output", parent, "Folder to write the folder into")
      ->capture_default_str();
  new_verb->callback([&] { NewRule(name, parent, Package(), Program(), &RuleIsTaken, std::cout); });

  CLI::App* data_verb = app.add_subcommand("data", "Find, fetch, import and check data sets");
  data_verb->require_subcommand(1);
  std::string data_name, data_path;
  FetchOptions fetch;
  bool no_verify = false;
  data_verb->add_subcommand("list", "All data sets, and where each is")->callback([&] {
    ListData(std::cout);
  });
  CLI::App* info = data_verb->add_subcommand("info", "Sizes, classes, origin, fingerprint of one");
  info->add_option("name", data_name, "The data set")->required();
  info->add_option("--source", data_path, "File or folder to read instead of looking for it");
  info->callback([&] { InfoData(data_name, data_path, std::cout); });
  CLI::App* fetch_verb =
      data_verb->add_subcommand("fetch", "Download the official archive, check it, decode it");
  fetch_verb->add_option("name", data_name, "The data set")->required();
  fetch_verb->add_option("--mirror", fetch.base_url,
                         "Address of the folder that holds the archive");
  fetch_verb->add_flag("--no-verify", no_verify,
                       "Accept an archive whose digest is not the known one");
  fetch_verb->callback([&] {
    fetch.verify = !no_verify;
    FetchData(data_name, fetch, std::cout);
  });
  CLI::App* import_verb = data_verb->add_subcommand(
      "import", "Decode a folder or an archive under a name of your choice");
  import_verb->add_option("name", data_name, "Name to import it under")->required();
  import_verb->add_option("path", data_path, "Folder or archive")->required();
  import_verb->callback([&] { ImportData(data_name, data_path, std::cout); });
  CLI::App* verify =
      data_verb->add_subcommand("verify", "Compute a data set's fingerprint anew and compare");
  verify->add_option("name", data_name, "The data set")->required();
  verify->callback([&] { status = VerifyData(data_name, std::cout) ? 0 : 1; });

  LeaderboardCommand board;
  std::string format = "terminal", output;
  CLI::App* board_verb = app.add_subcommand("leaderboard", "Rank the Results in folders");
  board_verb->add_option("folders", board.folders, "Folders with Results")->required();
  board_verb->add_option("--task", board.options.task, "Only this task");
  board_verb->add_option("--data", board.options.data, "Only this data set");
  board_verb->add_option("--rule", board.options.rules, "Only these rules");
  board_verb->add_option("--metric", board.options.metric,
                         "Rank by this metric; default: each task's own");
  board_verb->add_option("--format", format, "terminal, markdown or json")->capture_default_str();
  board_verb->add_option("--output", output, "Write a copy: .md, .json or .txt");
  board_verb->callback([&] {
    board.format = ParseLeaderboardFormat(format);
    status = Leaderboard(board, output);
  });

  app.add_subcommand("doctor",
                     "What is installed, which device and precision work, which data is found")
      ->callback([&] { status = Engine().doctor(); });

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
