#include "suite/base/slurm.h"

#include <cstdlib>
#include <sstream>

#include "suite/base/error.h"
#include "suite/base/process.h"

namespace plasticity {
namespace {

// What a command of Slurm prints.
std::string Ask(const std::vector<std::string>& line, std::string_view input = "") {
  const ProgramEnd end = RunProgram(line, input);
  if (end.status == 127) {
    throw InputError("there is no " + line.front() +
                     " here: Slurm's commands must be in PATH. `--jobs N` runs cells without it.");
  }
  if (end.status != 0) throw RunError(line.front() + " failed: " + LastLine(end.errors) + ".");
  return end.output;
}

// The value of NAME=VALUE in what scontrol prints; "" where it is not there.
std::string FieldOf(const std::string& text, const std::string& name) {
  const std::size_t at = (" " + text).find(" " + name + "=");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size() + 1;
  return text.substr(begin, text.find_first_of(" \n", begin) - begin);
}

}  // namespace

std::string SubmitToSlurm(const std::vector<std::string>& options, std::string_view script) {
  std::vector<std::string> line = {"sbatch", "--parsable"};
  line.insert(line.end(), options.begin(), options.end());
  const std::string printed = LastLine(Ask(line, script));  // "4711", or "4711;cluster"
  return printed.substr(0, printed.find(';'));
}

std::vector<SlurmTask> SlurmQueue() {
  std::istringstream lines(Ask({"squeue", "--me", "-h", "-r", "-o", "%F %K %T %r"}));
  std::vector<SlurmTask> tasks;
  for (SlurmTask task; lines >> task.job >> task.task >> task.state;) {
    std::getline(lines >> std::ws, task.reason);
    tasks.push_back(task);
  }
  return tasks;
}

std::string SlurmStateOf(const std::string& job_or_task) {
  const ProgramEnd end = RunProgram({"scontrol", "show", "job", "-o", job_or_task});
  const std::string state = FieldOf(end.output, "JobState");
  if (end.status != 0 || state.empty()) return "";
  return state + " " + FieldOf(end.output, "ExitCode") + " (" + FieldOf(end.output, "Reason") + ")";
}

void CancelInSlurm(const std::vector<std::string>& jobs) {
  std::vector<std::string> line = {"scancel"};
  line.insert(line.end(), jobs.begin(), jobs.end());
  Ask(line);
}

void RequeueInSlurm() {
  const char* job = std::getenv("SLURM_JOB_ID");
  if (job == nullptr || SlurmStateOf(job).rfind("RUNNING ", 0) != 0) return;
  RunProgram({"scontrol", "requeue", job});
}

}  // namespace plasticity
