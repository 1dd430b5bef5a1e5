#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plasticity {

/// Slurm, by its own commands (sbatch, squeue, scontrol, scancel). Each throws InputError where
/// such a command is not there, and RunError, with what it said, where it fails.

/// A task of a job array that waits or runs.
struct SlurmTask {
  std::string job;     ///< the array's number
  std::string task;    ///< its own in it
  std::string state;   ///< "PENDING", "RUNNING", "COMPLETING", ...
  std::string reason;  ///< why it waits: "Resources", "JobArrayTaskLimit", ...
};

/// Submits a script with options for sbatch; gives the job's number.
std::string SubmitToSlurm(const std::vector<std::string>& options, std::string_view script);

/// The user's tasks that wait or run.
std::vector<SlurmTask> SlurmQueue();

/// How a task is or was, "FAILED 0:9 (NonZeroExitCode)"; "" where Slurm does not know it any more.
std::string SlurmStateOf(const std::string& job_or_task);

/// Has jobs, or tasks, stop: they are given time for a checkpoint.
void CancelInSlurm(const std::vector<std::string>& jobs);

/// Where this process is in a job that goes on though it was itself asked to stop, as before a time
/// limit or a preemption, has Slurm run the job again later, which ends this process. Else nothing.
void RequeueInSlurm();

}  // namespace plasticity
