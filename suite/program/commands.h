#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "suite/engine/options.h"

namespace plasticity {

/// `plasticity run`. Empty strings leave the track's defaults.
struct RunCommand {
  EngineOptions engine;
  std::string rule;      ///< one or several with commas between
  std::string strategy;  ///< likewise
  std::string task;
  std::string data;
  std::string source;  ///< a file or folder to read the data from
  std::string network;
  std::string readout;
  std::string precision;
  std::string track;
  std::string init;    ///< a Result whose network learning starts from
  std::string config;  ///< a JSON file with settings
  std::string seeds = "1";
  std::vector<std::string> set;  ///< "rule.lambda=0.8"
};

/// `plasticity plan`.
struct PlanCommand {
  EngineOptions engine;
  std::filesystem::path file;
  std::string data;  ///< instead of the plan's
  bool dry_run = false;
  std::string
      executor;  ///< "here", "processes" or "slurm"; "": here, or processes where there are jobs
  int jobs = 0;  ///< cells at a time
  std::string only;    ///< run_ids with commas between; "": all
  std::string memory;  ///< "24G": what a cell may take; "": no limit
  bool detach = false;
  double chunk = 5;                ///< minutes of cells that a Slurm task gets at least
  std::vector<std::string> slurm;  ///< options for sbatch
  std::vector<std::filesystem::path> plugins;
};

/// `plasticity tune`.
struct TuneCommand {
  RunCommand trial;  ///< what a trial is; "all" stands for every rule
  int trials = 20;
  std::string samples;              ///< "4000,20000"; "": a fifth of task.samples, then all
  std::string reporting = "1-100";  ///< seeds that a tuning may not have
  std::string metric;               ///< "": the task's headline, on validation images
  int tuning_seed = 1;
  std::vector<std::string> space;  ///< "rule.k=1..20", "rule.flip", or a JSON file of such
  std::filesystem::path output;    ///< a file for one rule, or a folder; "": this folder
};

/// `plasticity features`.
struct FeaturesCommand {
  std::filesystem::path result;
  std::filesystem::path output;   ///< empty: nothing is written
  std::filesystem::path compare;  ///< another Result, whose features are compared with these
  std::string data;               ///< another data set than the Result's; "": that
  std::string device = "auto";
  int threads = 0;  ///< 0: one a core
};

/// `plasticity verify`.
struct VerifyCommand {
  EngineOptions engine{.results = "verified"};
  std::filesystem::path result;  ///< or a bundle
  std::string init;              ///< a Result whose network its learning started from
  double tolerance = 0.01;       ///< between metrics of two kinds of machine
  std::string replay;            ///< the run id of a bundle's Result to run; "": the cheapest
  bool no_run = false;           ///< of a bundle: what it says of itself alone
};

/// `plasticity submit`.
struct SubmitCommand {
  EngineOptions engine{.results = "verified"};
  std::filesystem::path folder;  ///< of Results
  std::filesystem::path output;  ///< the bundle
  std::string init;              ///< as above
  double tolerance = 0.01;       ///< likewise
  std::string replay;            ///< likewise
};

/// The verbs that need LibTorch. They print to stdout, return the exit code and throw Error.
struct EngineCommands {
  /// Loads a library with rules, before any verb.
  void (*load_plugin)(const std::filesystem::path&);
  int (*run)(const RunCommand&);
  int (*plan)(const PlanCommand&);
  int (*tune)(const TuneCommand&);
  int (*features)(const FeaturesCommand&);
  int (*verify)(const VerifyCommand&);
  int (*submit)(const SubmitCommand&);
  /// `kinds` is a kind's plural, or "settings": what plans and settings may hold. `markdown`: rules
  /// in full, as docs/rules.md has them, or the tables of docs/plans.md.
  int (*list)(const std::string& kinds, bool markdown);
  int (*describe)(const std::string& name);
  /// A rule's name, or "all". Returns 1 when a check failed.
  int (*check)(const std::string& rule);
  int (*doctor)();
  bool (*has_part)(const std::string& kind, const std::string& name);
};

}  // namespace plasticity

/// The engine library's one entry; the program finds it by name, so that views start without
/// LibTorch.
extern "C" const plasticity::EngineCommands* plasticity_engine();
