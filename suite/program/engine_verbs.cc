// The verbs whose work the engine does: here are their options.
#include "suite/base/error.h"
#include "suite/base/kinds.h"
#include "suite/base/stop_signals.h"
#include "suite/base/verb.h"
#include "suite/program/engine.h"

namespace plasticity {
namespace {

// A verb of the engine that knows rules of the user's own.
class PluginVerb : public Verb {
 public:
  std::vector<Option> Options() final {
    std::vector<Option> options = OwnOptions();
    options.push_back({"--plugin", &plugins_,
                       "Library with rules of your own; may be given repeatedly",
                       Given::kRepeatedly});
    return options;
  }

  int Run() final {
    try {
      return Work();
    } catch (const UnknownName& unknown) {
      if (!plugins_.empty()) throw;
      throw InputError(std::string(unknown.what()) +
                       " One of your own comes with --plugin LIBRARY.");
    }
  }

 protected:
  virtual std::vector<Option> OwnOptions() = 0;
  virtual int Work() = 0;
  const EngineCommands& LoadedEngine() const { return Engine(plugins_); }
  const std::vector<std::filesystem::path>& plugins() const { return plugins_; }

 private:
  std::vector<std::filesystem::path> plugins_;
};

// A verb of the engine that runs cells. A signal that comes before the engine can answer it waits.
class CellVerb : public PluginVerb {
 protected:
  const EngineCommands& LoadedEngine() const {
    HoldStopSignals(true);
    return PluginVerb::LoadedEngine();
  }
};

// What verbs that run cells share, after their own.
std::vector<Option> WithEngineOptions(std::vector<Option> own, EngineOptions& options) {
  const std::vector<Option> shared = {
      {"--results", &options.results, "Folder for results and checkpoints"},
      {"--device", &options.device, "auto, cpu or cuda"},
      {"--threads", &options.threads, "CPU threads; 0: one a core", Given::kMaybe, 0, 1024},
      {"--data-memory", &options.data_memory,
       "MiB of decoded images that a data set may take: a larger one is streamed; 0: no limit",
       Given::kMaybe, 0, 1 << 20},
      {"--checkpoint-every", &options.checkpoint_every_s,
       "Seconds between checkpoints; 0: at every step", Given::kMaybe, 0},
      {"--log", &options.log,
       "Folder to write what happens in cells as they run: JSON lines and TensorBoard's files"},
      {"--profile", &options.profile,
       "Folder to write what cells' time goes to: a table by phase and operator, and a Chrome "
       "trace"},
      {"--cuda-graphs", &options.cuda_graphs,
       "On a GPU, replay steps that do the same work as CUDA graphs, once one has left what the "
       "step itself leaves"},
      {"--again", &options.again, "Run finished cells anew"},
      {"--keep-network", &options.keep_network,
       "Keep the network as it is at the end, for `features` and --init"}};
  own.insert(own.end(), shared.begin(), shared.end());
  return own;
}

// What a cell is, by options on the line.
std::vector<Option> CellOptions(RunCommand& command) {
  return {
      {"--task", &command.task, "The task (plasticity list tasks; default classification)"},
      {"--data", &command.data, "The data set (plasticity data list; default cifar10)"},
      {"--source", &command.source,
       "File or folder to read the data from, instead of looking for it"},
      {"--network", &command.network, "Preset or path of a JSON file (plasticity list networks)"},
      {"--readout", &command.readout,
       "What turns features into classes (plasticity list readouts)"},
      {"--precision", &command.precision, "float32, tf32 (a GPU's) or bfloat16 products"},
      {"--track", &command.track,
       "common: everybody's network and readout (default); native: the rule's own"},
      {"--set", &command.set,
       "A setting such as rule.lambda=0.8, task.samples=12000, network.width=0.5",
       Given::kRepeatedly},
      {"--init", &command.init, "A Result that keeps its network: learning starts from it"},
      {"--config", &command.config, "JSON file with settings; options on the line win"}};
}

class RunVerb final : public CellVerb {
 protected:
  std::vector<Option> OwnOptions() override {
    std::vector<Option> options = {
        {"--rule", &command_.rule,
         "The learning rule, or several with commas between (plasticity list rules)"},
        {"--strategy", &command_.strategy,
         "What keeps it from forgetting, or several with commas between (plasticity list "
         "strategies)"},
        {"--seeds,--seed", &command_.seeds, "1, 1-3 or 1,2,5"}};
    const std::vector<Option> shared = CellOptions(command_);
    options.insert(options.end(), shared.begin(), shared.end());
    return WithEngineOptions(options, command_.engine);
  }
  int Work() override { return LoadedEngine().run(command_); }

 private:
  RunCommand command_;
};
const bool run = AddVerb<RunVerb>("run", "Run a rule or several, with one seed or several");

class TuneVerb final : public CellVerb {
 public:
  TuneVerb() {
    command_.trial.seeds = "901-903";
    command_.trial.engine.results = "tuning";  // where no leaderboard looks
  }

 protected:
  std::vector<Option> OwnOptions() override {
    std::vector<Option> options = {
        {"rule", &command_.trial.rule, "The learning rule, several with commas between, or all",
         Given::kAlways},
        {"--strategy", &command_.trial.strategy,
         "What keeps it from forgetting (plasticity list strategies)"},
        {"--trials", &command_.trials, "Settings that are tried; the first are the defaults",
         Given::kMaybe, 1, 1'000'000},
        {"--samples", &command_.samples,
         "Images of a trial, from rung to rung; a quarter goes on (default: a fifth of "
         "task.samples, then all of them, or 4000,20000)"},
        {"--seeds,--seed", &command_.trial.seeds, "Of the last rung; the first alone before it"},
        {"--reporting", &command_.reporting, "Seeds of the runs to come, which tuning may not see"},
        {"--space", &command_.space,
         "A parameter to search, such as rule.k=1..20, rule.flip or rule.optimizer=adam,sgd; or a "
         "JSON file of such",
         Given::kRepeatedly},
        {"--metric", &command_.metric,
         "What decides (default: what the task is ranked by, on validation images)"},
        {"--tuning-seed", &command_.tuning_seed, "Of the draws", Given::kMaybe, 0},
        {"--output,-o", &command_.output,
         "File to write, or a folder for RULE.tuned.json (default: this folder)"}};
    const std::vector<Option> shared = CellOptions(command_.trial);
    options.insert(options.end(), shared.begin(), shared.end());
    return WithEngineOptions(options, command_.trial.engine);
  }
  int Work() override { return LoadedEngine().tune(command_); }

 private:
  TuneCommand command_;
};
const bool tune =
    AddVerb<TuneVerb>("tune", "Search a rule's parameters, judged by validation images alone");

class PlanVerb final : public CellVerb {
 protected:
  std::vector<Option> OwnOptions() override {
    return WithEngineOptions(
        {{"file", &command_.file, "The plan, a JSON file such as profiles/quickstart.json",
          Given::kAlways},
         {"--data", &command_.data, "Data set instead of the plan's"},
         {"--dry-run", &command_.dry_run, "List the cells and an estimate, run nothing"},
         {"--jobs,-j", &command_.jobs,
          "Cells at a time, each in a process of its own; of a Slurm job: tasks at a time",
          Given::kMaybe, 0, 100'000},
         {"--engine", &command_.executor,
          "Where cells run: here (one after the other), processes (--jobs) or slurm"},
         {"--memory", &command_.memory, "What a cell of its own process may take, such as 24G"},
         {"--detach", &command_.detach,
          "Go on in the background (plasticity status, plasticity stop)"},
         {"--slurm", &command_.slurm, "An option for sbatch, such as --slurm=--partition=gpu",
          Given::kRepeatedly},
         {"--chunk", &command_.chunk, "Minutes of cells that a Slurm task gets; 0: a cell a task",
          Given::kMaybe, 0},
         {"--only", &command_.only, "These cells alone: run_ids with commas between (--dry-run)"}},
        command_.engine);
  }
  int Work() override {
    command_.plugins = plugins();
    return LoadedEngine().plan(command_);
  }

 private:
  PlanCommand command_;
};
const bool plan =
    AddVerb<PlanVerb>("plan", "Run a plan: rules crossed with seeds; finished cells are skipped");

class FeaturesVerb final : public PluginVerb {
 protected:
  std::vector<Option> OwnOptions() override {
    return {{"result", &command_.result, "A Result of a cell that was run with --keep-network",
             Given::kAlways},
            {"--output,-o", &command_.output,
             "A safetensors file to write: features and labels of both splits"},
            {"--compare", &command_.compare,
             "Another such Result: says how alike both networks' features are (linear CKA)"},
            {"--data", &command_.data, "Of this data set instead of the one it learned from"},
            {"--device", &command_.device, "auto, cpu or cuda"},
            {"--threads", &command_.threads, "CPU threads; 0: one a core", Given::kMaybe, 0, 1024}};
  }
  int Work() override { return LoadedEngine().features(command_); }

 private:
  FeaturesCommand command_;
};
const bool features =
    AddVerb<FeaturesVerb>("features", "Write what a kept network makes of a data set's images");

// What the verbs that run a Result's cell again share, after their own.
template <typename Command>
std::vector<Option> ReplayOptions(std::vector<Option> own, Command& command) {
  const std::vector<Option> shared = {
      {"--replay", &command.replay,
       "The run id of the Result to run again (default: the one that took least)"},
      {"--tolerance", &command.tolerance,
       "How far metrics may be apart between two kinds of machine, or two builds of the program",
       Given::kMaybe, 0},
      {"--init", &command.init, "The Result that keeps the network its learning started from"}};
  own.insert(own.end(), shared.begin(), shared.end());
  return WithEngineOptions(std::move(own), command.engine);
}

class VerifyVerb final : public CellVerb {
 protected:
  std::vector<Option> OwnOptions() override {
    return ReplayOptions(
        {{"result", &command_.result, "A Result's file, or a folder that submit wrote",
          Given::kAlways},
         {"--no-run", &command_.no_run, "Of a bundle: look at its files alone, run nothing"}},
        command_);
  }
  int Work() override { return LoadedEngine().verify(command_); }

 private:
  VerifyCommand command_;
};
const bool verify = AddVerb<VerifyVerb>(
    "verify", "Run a Result's cell again and compare; exit code 1 if it differs");

class SubmitVerb final : public CellVerb {
 protected:
  std::vector<Option> OwnOptions() override {
    return ReplayOptions(
        {{"folder", &command_.folder, "A folder of Results", Given::kAlways},
         {"--output,-o", &command_.output,
          "The folder to write: new, empty, or one that submit wrote", Given::kAlways}},
        command_);
  }
  int Work() override { return LoadedEngine().submit(command_); }

 private:
  SubmitCommand command_;
};
const bool submit = AddVerb<SubmitVerb>(
    "submit", "Pack Results with their digests, and one that is run again, for others to check");

class ListVerb final : public PluginVerb {
 protected:
  std::vector<Option> OwnOptions() override {
    std::string plurals;
    for (const Kind& kind : kKinds) plurals += std::string(kind.plural) + ", ";
    for (const Kind& kind : kTaskKinds) plurals += std::string(kind.plural) + ", ";
    plurals.replace(plurals.size() - 2, 2, ", settings (what a plan may hold) or data");
    return {{"kind", &kinds_, plurals},
            {"--markdown", &markdown_,
             "As docs/rules.md, docs/tasks.md, docs/plans.md (settings) and others have them"}};
  }

  int Work() override {
    // `list data` is `data list`, which needs no engine.
    const auto own = Verbs().find(kinds_ + " list");
    if (own != Verbs().end() && !markdown_) return own->second.make()->Run();
    return LoadedEngine().list(kinds_, markdown_);
  }

 private:
  std::string kinds_ = "rules";
  bool markdown_ = false;
};
const bool list =
    AddVerb<ListVerb>("list", "List rules, networks and other parts, settings, or data");

class DescribeVerb final : public PluginVerb {
 protected:
  std::vector<Option> OwnOptions() override {
    return {{"name", &name_, "Its name", Given::kAlways}};
  }
  int Work() override { return LoadedEngine().describe(name_); }

 private:
  std::string name_;
};
const bool describe = AddVerb<DescribeVerb>(
    "describe", "Explain a rule, readout, task or network: formula, source, parameters");

class CheckVerb final : public PluginVerb {
 protected:
  std::vector<Option> OwnOptions() override {
    return {{"rule", &rule_, "A rule's name, a strategy's, or all (rules)", Given::kAlways}};
  }
  int Work() override { return LoadedEngine().check(rule_); }

 private:
  std::string rule_;
};
const bool check = AddVerb<CheckVerb>(
    "check", "Hold a rule or a strategy to what every one must keep; exit code 1 if it fails");

class DoctorVerb final : public Verb {
 public:
  int Run() override { return Engine().doctor(); }
};
const bool doctor = AddVerb<DoctorVerb>(
    "doctor", "What is installed, which device and precision work, how fast, which data is found");

}  // namespace
}  // namespace plasticity
