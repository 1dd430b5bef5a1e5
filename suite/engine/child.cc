#include "suite/engine/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "suite/base/error.h"
#include "suite/base/process.h"

namespace plasticity {
namespace {

constexpr std::size_t kPlaceBytes = 256;
char own_place[kPlaceBytes] = "";
char* place = own_place;  // in a child, memory that its parent sees

void SetPlace(const std::string& what) {
  const std::size_t length = std::min(what.size(), kPlaceBytes - 1);
  std::memcpy(place, what.data(), length);
  place[length] = '\0';
}

// Memory that a parent and its child see alike.
class SharedText {
 public:
  SharedText() {
    void* memory =
        mmap(nullptr, kPlaceBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw RunError("cannot share memory with a child process.");
    text_ = static_cast<char*>(memory);
  }
  ~SharedText() { munmap(text_, kPlaceBytes); }
  SharedText(const SharedText&) = delete;
  SharedText& operator=(const SharedText&) = delete;
  char* text() const { return text_; }

 private:
  char* text_;
};

// Each line that a child sends starts with what it is.
constexpr char kLine = 'l', kThrown = 't', kDone = 'd';

void Send(int pipe, char kind, const std::string& text) {
  const std::string line = kind + text + "\n";
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t written = write(pipe, line.data() + sent, line.size() - sent);
    if (written < 0 && errno != EINTR) return;
    sent += static_cast<std::size_t>(std::max<ssize_t>(written, 0));
  }
}

[[noreturn]] void End(int status) {
  std::fflush(nullptr);
  _exit(status);
}

[[noreturn]] void BeChild(const std::function<void(const SendLine&)>& work, int pipe) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  // Crashes are the parent's to report, whatever handler it has.
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGINT, SIGTERM})
    std::signal(signal, SIG_DFL);
  // Who calls exit() gets no further: the destructors of LibTorch's statics are not for a fork.
  on_exit([](int status, void*) { End(status); }, nullptr);
  try {
    work([pipe](const std::string& line) { Send(pipe, kLine, line); });
    Send(pipe, kDone, "");
  } catch (...) {
    Send(pipe, kThrown, WhatItThrows());
  }
  End(0);
}

// The lines of a pipe, each within `limit_s`.
class Lines {
 public:
  enum class Got { kLine, kEnd, kNothing };

  Lines(int pipe, double limit_s) : pipe_(pipe), limit_s_(limit_s) {}

  Got Next(std::string& line) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                             std::chrono::duration<double>(limit_s_));
    for (;;) {
      const std::size_t newline = read_.find('\n');
      if (newline != std::string::npos) {
        line = read_.substr(0, newline);
        read_.erase(0, newline + 1);
        return Got::kLine;
      }
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) return Got::kNothing;
      pollfd waits{.fd = pipe_, .events = POLLIN, .revents = 0};
      if (poll(&waits, 1, static_cast<int>(std::min<std::int64_t>(left, 1000))) <= 0) continue;
      char buffer[4096];
      const ssize_t got = read(pipe_, buffer, sizeof buffer);
      if (got == 0) return Got::kEnd;
      if (got > 0) read_.append(buffer, static_cast<std::size_t>(got));
    }
  }

 private:
  int pipe_;
  double limit_s_;
  std::string read_;
};

std::string HowItEnded(int status) {
  if (WIFEXITED(status)) return fmt::format("ends the process with exit({})", WEXITSTATUS(status));
  return "crashes: " + SignalInWords(WTERMSIG(status));
}

}  // namespace

Doing::Doing(const std::string& what) : before_(place) { SetPlace(what); }

Doing::~Doing() { SetPlace(before_); }

std::optional<ChildEnd> RunInChild(const std::function<void(const SendLine&)>& work,
                                   const std::function<void(const std::string&)>& receive,
                                   double limit_s) {
  const SharedText shared;
  int pipe[2];
  if (pipe2(pipe, O_CLOEXEC) != 0) throw RunError("cannot make a pipe to a child process.");
  std::fflush(nullptr);  // or the child would print it once more
  const pid_t child = fork();
  if (child == 0) {
    close(pipe[0]);
    place = shared.text();
    BeChild(work, pipe[1]);
  }
  close(pipe[1]);
  if (child < 0) {
    close(pipe[0]);
    throw RunError("cannot start a child process: is memory or the number of processes limited?");
  }
  Lines lines(pipe[0], limit_s);
  std::optional<std::string> thrown;
  bool done = false;
  std::string line;
  Lines::Got got = lines.Next(line);
  for (; got == Lines::Got::kLine; got = lines.Next(line)) {
    const std::string text = line.substr(1);
    if (line.front() == kLine) receive(text);
    if (line.front() == kThrown) thrown = text;
    if (line.front() == kDone) done = true;
  }
  close(pipe[0]);
  const bool late = got == Lines::Got::kNothing;
  if (late) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (done) return std::nullopt;
  if (late) return ChildEnd{fmt::format("does not end within {:g} s", limit_s), shared.text()};
  return ChildEnd{thrown ? *thrown : HowItEnded(status), shared.text()};
}

}  // namespace plasticity
