#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plasticity {

/// A process of some machine, told from a later one that is given its number.
struct ProcessName {
  std::string host;
  std::int64_t pid = 0;      ///< 0: no process
  std::int64_t started = 0;  ///< clock ticks between the machine's start and its own
};

/// This process.
ProcessName ThisProcess();
/// A process of this machine, such as a child.
ProcessName ProcessHere(pid_t pid);
/// Whether it is a process of this machine, which others than its own cannot be asked about.
bool IsOfThisMachine(const ProcessName& process);
/// Whether it is a process of this machine that has not ended.
bool Lives(const ProcessName& process);

/// As notes have it.
nlohmann::json ToJson(const ProcessName& process);
/// What ToJson gave. Throws nlohmann's errors for anything else.
ProcessName ProcessFromJson(const nlohmann::json& json);

/// Which file is this program.
std::string ThisProgram();

/// A text in memory that processes write to by a descriptor.
class SharedOutput {
 public:
  explicit SharedOutput(std::string_view text = "");
  ~SharedOutput();
  SharedOutput(SharedOutput&& other) noexcept;
  SharedOutput& operator=(SharedOutput&&) = delete;
  int descriptor() const { return descriptor_; }
  std::string Text() const;

 private:
  int descriptor_;
};

/// How a program is started.
struct Launch {
  std::vector<std::string> line;                   ///< the program, looked for in PATH, and what
                                                   ///< it is given
  std::map<std::string, std::string> environment;  ///< over this process's own
  int input = -1;                                  ///< a descriptor; -1: /dev/null
  int output = -1;                                 ///< likewise
  int errors = -1;                                 ///< likewise
  std::int64_t memory = 0;                         ///< bytes that it may allocate; 0: no limit
  bool outlives = false;  ///< goes on without this process and its terminal; else it is asked to
                          ///< stop (SIGTERM) when this process ends
};

/// Starts a program in a process group of its own, so that this process alone passes signals on to
/// it. It begins with the stop signals held back (suite/base/stop_signals.h) unless it is `plain`.
/// Throws RunError where no process can be had.
pid_t StartProgram(const Launch& launch, bool plain = false);

/// What a program that has ended leaves.
struct ProgramEnd {
  int status = 0;  ///< its exit code; 127: it could not be started; -N: ended by signal N
  std::string output;
  std::string errors;
};

/// Runs a program to its end.
ProgramEnd RunProgram(const std::vector<std::string>& line, std::string_view input = "");

/// "SIGSEGV (segmentation fault)".
std::string SignalInWords(int signal);

/// The last line of a text that says anything; "" where none does.
std::string LastLine(const std::string& text);

}  // namespace plasticity
