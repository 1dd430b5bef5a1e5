#pragma once

#include <string>

#include "suite/base/error.h"

namespace plasticity {

/// What `work` gives. Where it throws what the user can mend, the message says `where` first: the
/// file, and the entry in it.
template <typename Work>
auto WithPlace(const std::string& where, const Work& work) {
  try {
    return work();
  } catch (const UnknownName& error) {
    throw UnknownName(where + ": " + error.what());
  } catch (const InputError& error) {
    throw InputError(where + ": " + error.what());
  }
}

}  // namespace plasticity
