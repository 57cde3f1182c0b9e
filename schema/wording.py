"""Messages of graphql-core without the values that it repeats: nothing a caller sent comes back."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"\d[\d\s-]{13,}[\dXx]?")
_CUTS: Final = (
    # In this order; what stands behind the group repeats a value.
    re.compile(
        r"^(.*? has invalid value: Expected a? ?value of non-null type '[^']*'"
        r" (?:to be provided|not to be None))\.$"
    ),
    re.compile(r"^(.*? has invalid value).*", re.DOTALL),
    re.compile(r"^(Syntax Error: .*?(?:found|Unexpected) (?:\w*String|Int|Float)) .*", re.DOTALL),
    re.compile(r"^(Syntax Error: Invalid (?:Unicode|character) escape sequence).*", re.DOTALL),
    re.compile(r"^(.*?cannot represent [^:]*?value)\b.*", re.DOTALL),
    re.compile(r"^(Value cannot represent an? \w+): .*", re.DOTALL),
    re.compile(r"^(.*?, but encountered error).*", re.DOTALL),
    re.compile(r"^(Value) '.*'( does not exist in '\w+' enum).*", re.DOTALL),
    re.compile(r"^(Expected value of type '[^']*').*? ?[,.]? ?[Ff]ound:? .*", re.DOTALL),
)
_SUGGESTION: Final = re.compile(r" Did you mean [^?]*\?")
MAX_MESSAGE: Final = 300


def value_free(message: str) -> str:
    """The message without echoed values, names of the schema that are suggested, and ID numbers."""
    for pattern in _CUTS:
        found = pattern.match(message)
        if found:
            message = "".join(found.groups()) + "."
            break
    return _NUMBER.sub("***", _SUGGESTION.sub("", message))[:MAX_MESSAGE]
