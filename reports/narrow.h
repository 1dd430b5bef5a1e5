#pragma once

#include <string>
#include <vector>

#include "reports/table.h"

namespace plasticity {

/// How many letters wide the table is, as TableLines sets it.
int WidthOf(const Table& table);

/// Makes the table at most `width` letters wide, as TableLines sets it, at the price of what
/// matters least: columns go, most expendable first, and rows' labels are shortened. What is not
/// expendable stays, however wide. Returns the headings of what went.
std::vector<std::string> Narrow(Table& table, int width);

}  // namespace plasticity
