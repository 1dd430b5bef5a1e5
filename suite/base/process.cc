#include "suite/base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "suite/base/error.h"
#include "suite/base/stop_signals.h"

namespace plasticity {
namespace {

using nlohmann::json;

std::string HostName() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  return name;
}

// Field 22 of /proc/PID/stat; 0 where there is no such process, or it waits to be buried. The
// second field, a name in brackets, may hold anything.
std::int64_t StartOf(std::int64_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  fields >> field;  // the third: its state
  if (field == "Z" || field == "X") return 0;
  for (int i = 4; i <= 22; ++i) fields >> field;
  return std::strtoll(field.c_str(), nullptr, 10);
}

// "NAME=value" of this process's environment with `added` over it.
std::vector<std::string> Environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (added.count(text.substr(0, text.find('='))) == 0) all.push_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// What the child of a process with threads may do: system calls alone.
[[noreturn]] void Become(const Launch& launch, char** line, char** environment, pid_t parent) {
  if (launch.outlives) {
    setsid();
  } else {
    setpgid(0, 0);
    signal(SIGINT, SIG_DFL);  // what a shell has its background jobs ignore is no terminal's here
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(127);
  }
  if (launch.memory > 0) {
    const auto bytes = static_cast<rlim_t>(launch.memory);
    const rlimit limit = {bytes, bytes};
    setrlimit(RLIMIT_DATA, &limit);
  }
  const int nowhere = open("/dev/null", O_RDWR);
  dup2(launch.input < 0 ? nowhere : launch.input, STDIN_FILENO);
  dup2(launch.output < 0 ? nowhere : launch.output, STDOUT_FILENO);
  dup2(launch.errors < 0 ? nowhere : launch.errors, STDERR_FILENO);
  if (nowhere > STDERR_FILENO) close(nowhere);
  execvpe(line[0], line, environment);
  _exit(127);
}

}  // namespace

ProcessName ProcessHere(pid_t pid) { return {HostName(), pid, StartOf(pid)}; }

ProcessName ThisProcess() { return ProcessHere(getpid()); }

bool IsOfThisMachine(const ProcessName& process) { return process.host == HostName(); }

bool Lives(const ProcessName& process) {
  return process.pid > 0 && process.started > 0 && IsOfThisMachine(process) &&
         StartOf(process.pid) == process.started;
}

json ToJson(const ProcessName& process) {
  return {{"host", process.host}, {"pid", process.pid}, {"started", process.started}};
}

ProcessName ProcessFromJson(const json& json) {
  return {json.at("host"), json.at("pid"), json.at("started")};
}

std::string ThisProgram() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

SharedOutput::SharedOutput(std::string_view text)
    : descriptor_(memfd_create("plasticity", MFD_CLOEXEC)) {
  if (descriptor_ < 0) throw RunError("cannot share memory with another program.");
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written <= 0) throw RunError("cannot hand a text to another program.");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  ::lseek(descriptor_, 0, SEEK_SET);
}

SharedOutput::SharedOutput(SharedOutput&& other) noexcept : descriptor_(other.descriptor_) {
  other.descriptor_ = -1;
}

SharedOutput::~SharedOutput() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string SharedOutput::Text() const {
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0;
       (got = ::pread(descriptor_, buffer, sizeof buffer, static_cast<off_t>(text.size()))) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  return text;
}

pid_t StartProgram(const Launch& launch, bool plain) {
  std::vector<std::string> line = launch.line;
  std::vector<std::string> environment = Environment(launch.environment);
  const std::vector<char*> arguments = Pointers(line);
  const std::vector<char*> variables = Pointers(environment);
  const pid_t parent = getpid();
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  if (!plain) HoldStopSignals(true);
  const pid_t child = fork();
  if (child == 0) {
    Become(launch, const_cast<char**>(arguments.data()), const_cast<char**>(variables.data()),
           parent);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (child < 0)
    throw RunError("cannot start a process: is memory or the number of processes limited?");
  return child;
}

ProgramEnd RunProgram(const std::vector<std::string>& line, std::string_view input) {
  const SharedOutput in(input), out, errors;
  const pid_t child = StartProgram({.line = line,
                                    .environment = {},
                                    .input = in.descriptor(),
                                    .output = out.descriptor(),
                                    .errors = errors.descriptor()},
                                   true);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), out.Text(), errors.Text()};
}

std::string SignalInWords(int signal) {
  std::string meaning = sigdescr_np(signal);
  meaning.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(meaning.front())));
  return fmt::format("SIG{} ({})", sigabbrev_np(signal), meaning);
}

std::string LastLine(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \r\n");
  if (end == std::string::npos) return "";
  const std::size_t before = text.find_last_of("\r\n", end);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return text.substr(begin, end - begin + 1);
}

}  // namespace plasticity
