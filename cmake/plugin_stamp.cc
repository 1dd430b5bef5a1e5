// In every library that plasticity_add_plugin makes: what it was built for.
#include "suite/plugin_stamp.h"

#include "plasticity_headers.h"

extern const char plasticity_stamp[];
const char plasticity_stamp[] = PLASTICITY_STAMP;
