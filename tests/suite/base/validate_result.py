"""Usage: validate_result.py SCHEMA RESULT...

Prints "valid" or "invalid: why" for each RESULT. Exit code 77 when jsonschema is not installed.
"""

import json
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    sys.exit(77)


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        result = json.load(file, parse_constant=refuse)
    errors = [f"{error.json_path} {error.message}" for error in validator.iter_errors(result)]
    print("invalid: " + errors[0].replace("\n", " ") if errors else "valid")
