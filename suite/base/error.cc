#include "suite/base/error.h"

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <typeinfo>

namespace plasticity {
namespace {

// The first line that says anything: what follows in LibTorch's errors is a C++ stack.
std::string FirstLine(const std::string& text) {
  const std::size_t from = text.find_first_not_of(" \n");
  if (from == std::string::npos) return "";
  return text.substr(from, text.find('\n', from) - from);
}

std::string TypeThrown() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "something";
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(type->name(), nullptr, nullptr, nullptr), &std::free);
  const std::string text = name ? name.get() : type->name();
  const bool vowel = std::string("aeiou").find(text.front()) != std::string::npos;
  return (vowel ? "an " : "a ") + text;
}

}  // namespace

std::string WhatItThrows() {
  try {
    throw;
  } catch (const std::exception& error) {
    return "throws: " + FirstLine(error.what());
  } catch (...) {
    return "throws " + TypeThrown();
  }
}

}  // namespace plasticity
