#pragma once

#include <stdexcept>
#include <string>

namespace plasticity {

/// What kind of trouble an Error reports; the command line turns it into an exit code.
enum class ErrorKind {
  kInput,  ///< Usage, configuration or data that the user can mend: exit code 2.
  kRun,    ///< A run that could not be carried out: exit code 3.
};

/// The suite's one exception. The message is one line: what, where, and what to do.
class Error : public std::runtime_error {
 public:
  /// An error of this kind.
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  /// Who can mend it.
  ErrorKind kind() const { return kind_; }
  /// What the program ends with.
  int exit_code() const { return kind_ == ErrorKind::kInput ? 2 : 3; }

 private:
  ErrorKind kind_;
};

/// An Error that the user can mend.
class InputError : public Error {
 public:
  /// An InputError with this message.
  explicit InputError(const std::string& message) : Error(ErrorKind::kInput, message) {}
};

/// An InputError that says that nothing has the name that was asked for.
class UnknownName : public InputError {
 public:
  /// An UnknownName with this message.
  using InputError::InputError;
};

/// An Error of a run that cannot go on.
class RunError : public Error {
 public:
  /// A RunError with this message.
  explicit RunError(const std::string& message) : Error(ErrorKind::kRun, message) {}
};

/// What the exception that is being handled comes to, in one line, whatever was thrown:
/// "throws: mat1 and mat2 shapes cannot be multiplied" or "throws an int".
std::string WhatItThrows();

}  // namespace plasticity
